import type { Hooks } from '../../hooks/hooks.ts';
import { hostRecords } from '../../inventory/collections.ts';
import { hostStatuses } from '../../inventory/host.ts';
import type { Engine } from '../../operations/engine.ts';
import type { SessionPool } from '../../ssh/pool.ts';
import type { KeyedCachingStore } from '../../store/cached.ts';
import { diskOf } from '../../store/disk-space.ts';
import { counter, type Family, gauge, gaugeBy } from '../../telemetry/metrics/family.ts';

/** Operations on this server and their machines, by what they do now. */
export function operationFamilies(engine: Engine): Family[] {
  const running = new Map<string, number>();
  const hosts = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string, by: number) => counts.set(key, (counts.get(key) ?? 0) + by);
  for (const { operation } of engine.atWork()) {
    const { kind, counts } = operation;
    add(running, `${kind} ${engine.isHeldUp(operation.id) ? 'waiting' : operation.status}`, 1);
    for (const [state, count = 0] of Object.entries(counts)) add(hosts, `${kind} ${state}`, count);
  }
  const samplesOf = (counts: Map<string, number>) =>
    Array.from(counts, ([key, value]) => ({ labels: key.split(' '), value }));
  return [
    {
      name: 'commissaire_operations_running',
      help: 'Operations that have not ended, by kind and status',
      labels: ['kind', 'status'],
      type: 'gauge',
      samples: samplesOf(running),
    },
    {
      name: 'commissaire_operation_hosts',
      help: 'Hosts of the operations that have not ended, by kind and by how far they are',
      labels: ['kind', 'state'],
      type: 'gauge',
      samples: samplesOf(hosts),
    },
  ];
}

/** The inventory, from what lists read too. An imported host may have any status, so the others are one. */
export async function hostFamilies(store: Pick<KeyedCachingStore, 'all'>): Promise<Family[]> {
  const counts = new Map<string, number>([...hostStatuses, 'other'].map((status) => [status, 0]));
  for (const { value } of await store.all(hostRecords)) {
    const status = counts.has(value.status) ? value.status : 'other';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [gaugeBy('commissaire_hosts', 'Hosts of the inventory, by status', 'status', counts)];
}

/** Sessions and handshakes. */
export function sshFamilies(pool: Pick<SessionPool, 'counts' | 'window'>): Family[] {
  const { opening, inUse, idle, jumpHosts, limit } = pool.counts();
  const { underWay, waiting, limit: handshakes } = pool.window();
  const states = { opening, in_use: inUse, idle };
  return [
    gaugeBy('commissaire_ssh_sessions', 'SSH sessions, by state', 'state', Object.entries(states)),
    gauge('commissaire_ssh_jump_host_sessions', 'How many of the sessions are to jump hosts', jumpHosts),
    gauge('commissaire_ssh_sessions_limit', 'The most sessions at once, without those to jump hosts', limit),
    gauge('commissaire_ssh_handshakes_running', 'Handshakes that run now', underWay),
    gauge('commissaire_ssh_handshakes_waiting', 'Handshakes that wait for their turn', waiting),
    gauge('commissaire_ssh_handshakes_limit', 'The present limit of handshakes at once', handshakes),
  ];
}

/** The store and its disk. */
export function storeFamilies(store: KeyedCachingStore, directory: string): Family[] {
  const usage = store.usage?.();
  const disk = diskOf(directory);
  const cached = store.holds().map(({ collection, entries }) => [collection, entries] as const);
  return [
    gauge('commissaire_store_file_bytes', 'Bytes of the file of the store that were ever used', usage?.fileBytes),
    gauge('commissaire_store_used_bytes', 'Bytes of the file that hold values now', usage?.usedBytes),
    gauge('commissaire_store_free_bytes', 'Bytes of the file that are free for new values', freeOf(usage)),
    gaugeBy('commissaire_store_entries', 'Values of the store, by collection', 'collection', usage?.entries ?? []),
    gaugeBy('commissaire_store_cached_entries', 'Values that are kept in memory', 'collection', cached),
    gauge(
      'commissaire_store_writable',
      '1 while the disk has room for changes, else 0',
      Number(store.hasRoomFor('change')),
    ),
    gauge('commissaire_disk_free_bytes', 'Free bytes of the file system of the data directory', disk.free),
    gauge('commissaire_disk_size_bytes', 'Size of the file system of the data directory', disk.size),
  ];
}

function freeOf(usage: { fileBytes: number; usedBytes: number } | undefined): number | undefined {
  return usage && Math.max(0, usage.fileBytes - usage.usedBytes);
}

/** The log of events, and how far its readers are behind. */
export async function eventFamilies(
  store: Pick<KeyedCachingStore, 'events'>,
  hooks: Pick<Hooks, 'positions'>,
  followers: { readonly count: number; readonly lag: number },
): Promise<Family[]> {
  const { first, last } = await store.events.bounds();
  const lags = hooks.positions().map(({ hook, sequence }) => [hook, Math.max(0, last - sequence)] as const);
  return [
    counter('commissaire_events_total', 'The number of the newest event: events since the store was made', last),
    gauge('commissaire_events_first', 'The number of the oldest event that is kept', first),
    gaugeBy('commissaire_hook_lag_events', 'Events that a hook has not handled yet', 'hook', lags),
    gauge('commissaire_event_followers', 'Callers that follow the events', followers.count),
    gauge('commissaire_event_follower_lag_events', 'Events that the slowest of them has not taken yet', followers.lag),
  ];
}
