import type { Family } from './family.ts';
import { Distribution, Tally } from './tally.ts';

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const handshakeBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];
const commitBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const lagBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

/** What the server counts while it works. Counting is cheap; reading it makes the families. */
export class Measures {
  readonly requests = new Tally({
    name: 'commissaire_http_requests_total',
    help: 'Requests that were answered, by route, method and status',
    labels: ['route', 'method', 'status'],
  });
  readonly requestSeconds = new Distribution({
    name: 'commissaire_http_request_duration_seconds',
    help: 'Time from the start of a request to its answer, without the body of a stream',
    labels: ['route', 'method'],
    buckets: requestBuckets,
  });
  readonly operationsEnded = new Tally({
    name: 'commissaire_operations_ended_total',
    help: 'Operations that ended on this server, by kind and by how they ended',
    labels: ['kind', 'status'],
  });
  readonly handshakes = new Tally({
    name: 'commissaire_ssh_handshakes_total',
    help: 'SSH handshakes with machines that ended, by result: success, or the code of the error',
    labels: ['result'],
  });
  readonly handshakeSeconds = new Distribution({
    name: 'commissaire_ssh_handshake_duration_seconds',
    help: 'Time of an SSH handshake, from the connection to the login or the failure',
    labels: ['result'],
    buckets: handshakeBuckets,
  });
  readonly handshakePhaseSeconds = new Distribution({
    name: 'commissaire_ssh_handshake_phase_duration_seconds',
    help: 'Time of a completed phase of an SSH handshake: tcp, banner, key_exchange, authentication',
    labels: ['phase'],
    buckets: handshakeBuckets,
  });
  readonly commits = new Tally({
    name: 'commissaire_store_commits_total',
    help: 'Transactions of the store, by result: committed, conflict after all retries, full, or failed',
    labels: ['result'],
  });
  readonly commitSeconds = new Distribution({
    name: 'commissaire_store_commit_duration_seconds',
    help: 'Time of a transaction that was committed, until it was on disk',
    labels: [],
    buckets: commitBuckets,
  });
  readonly commitRetries = new Tally({
    name: 'commissaire_store_commit_retries_total',
    help: 'How often the work of a transaction ran again, because something that it read had changed',
    labels: [],
  });
  readonly hookDeliveries = new Tally({
    name: 'commissaire_hook_deliveries_total',
    help: 'Attempts to deliver an event to a hook, by result: delivered, failed, or given_up',
    labels: ['hook', 'result'],
  });
  readonly removed = new Tally({
    name: 'commissaire_retention_removed_total',
    help: 'Old things that were removed, by what they are',
    labels: ['what'],
  });
  readonly sweeps = new Tally({
    name: 'commissaire_retention_sweeps_total',
    help: 'Runs of the job that removes old things, by what they are and by result: done or failed',
    labels: ['what', 'result'],
  });
  readonly loopLag = new Distribution({
    name: 'commissaire_event_loop_lag_seconds',
    help: 'How late a timer of one second was: how long other work waits for its turn',
    labels: [],
    buckets: lagBuckets,
  });
  readonly collections = new Tally({
    name: 'commissaire_garbage_collections_total',
    help: 'Garbage collections that the server itself asked for',
    labels: [],
  });
  readonly collectionSeconds = new Tally({
    name: 'commissaire_garbage_collection_seconds_total',
    help: 'Time that those garbage collections took',
    labels: [],
  });

  families(): Family[] {
    const counted: readonly (Tally | Distribution)[] = [
      this.requests,
      this.requestSeconds,
      this.operationsEnded,
      this.handshakes,
      this.handshakeSeconds,
      this.handshakePhaseSeconds,
      this.commits,
      this.commitSeconds,
      this.commitRetries,
      this.hookDeliveries,
      this.removed,
      this.sweeps,
      this.loopLag,
      this.collections,
      this.collectionSeconds,
    ];
    return counted.map((each) => each.family());
  }
}
