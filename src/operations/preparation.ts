import { hostRecords, membershipRecords } from '../inventory/collections.ts';
import { clusterRevision } from '../inventory/known-clusters.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { bytesOf, type Limits, pagesOf, roomForPage, type Size } from '../store/limits.ts';
import { roomForNames, sizeOfName } from './bound.ts';
import { type FixedAtStart, newHostRecord, type OperationRecord } from './fold.ts';
import { identityOf } from './identity.ts';
import { clusterLock, type Held, heldAmong, hostLock, identityLock } from './locks.ts';
import type { Look } from './look.ts';
import { newOperation } from './new-operation.ts';
import type { Numbers } from './numbers.ts';
import { Obstructed } from './obstacle.ts';
import { indexOperation } from './operation-index.ts';
import { preparingRecords } from './preparing.ts';
import {
  findOperation,
  journalEntries,
  journalKey,
  latestKey,
  latestRecords,
  lockRecords,
  operationHostKey,
  operationHostRecords,
  putOperation,
  runningRecords,
  targetKey,
  targetRecords,
} from './records.ts';
import { aboutOf } from './scope.ts';
import type { Started, StartRequest } from './start.ts';
import type { Taking } from './taking.ts';

export interface PreparationOptions {
  store: Store;
  clock: Clock;
  bound: Limits;
  taking: Taking;
  numbers: Numbers;
  /** The kind's function that keeps what the parameters refer to. */
  hold: (tx: Transaction) => Promise<void>;
  /** Fires when the server stops. */
  stopping: AbortSignal;
  id: string;
  request: StartRequest;
  look: Look;
}

/** What the start was based on has changed meanwhile. */
export class Outdated extends Error {}

/** Thrown inside a transaction when another operation has a lock: the transaction must then write nothing. */
class Met extends Error {
  readonly held: Held;

  constructor(held: Held) {
    super(`${held.operation} has ${held.lock}`);
    this.held = held;
  }
}

type Step = (tx: Transaction) => Promise<void>;

/** How often a lock may turn out to be free again before the start gives up. */
const mostAttempts = 64;

/**
 * The start of one operation. It is one transaction when it fits into the bound. Otherwise one transaction writes the
 * target, one follows for each page of hosts in the order of their addresses, and the last one sets the operation in
 * process: until then no one else sees an operation.
 */
export class Preparation {
  readonly #options: PreparationOptions;
  readonly #identity: string;
  readonly #transactions: readonly (readonly Step[])[];
  #takesCluster = true;
  #takesHosts = true;
  /** Kept when the transaction is repeated. */
  #number: number | undefined;
  #operation: OperationRecord | undefined;

  constructor(options: PreparationOptions) {
    const { request, look } = options;
    this.#options = options;
    this.#identity = identityLock(identityOf(request, look.addresses));
    this.#transactions = this.#planned();
  }

  /** Whether a failed start may leave records behind. */
  get isSplit(): boolean {
    return this.#transactions.length > 1;
  }

  /**
   * Resolves when the operation is in process; when the same operation is already running, with its record.
   *
   * @throws Outdated; AppError `operation_running`, `conflict`; what the kind and a commit throw
   */
  async run(): Promise<Started> {
    for (const steps of this.#transactions) {
      const same = await this.#write(steps);
      if (same !== undefined) return { operation: same, fresh: false };
    }
    if (this.#operation === undefined) throw new Error('the last step of a start makes the operation');
    return { operation: this.#operation, fresh: true };
  }

  #planned(): Step[][] {
    const { store, bound, look } = this.#options;
    const room = roomForPage(store, bound);
    const parts = [...pagesOf(look.addresses, sizeOfName, roomForNames(room))];
    const pages = [...pagesOf(look.addresses.toSorted(), (address) => this.#sizeOf(address), room)];
    const open: Step = (tx) => this.#open(tx);
    const writeParts = parts.map((part, index) => (tx: Transaction) => this.#putTarget(tx, part, index));
    const takePages = pages.map((page) => (tx: Transaction) => this.#takePage(tx, page));
    const complete: Step = (tx) => this.#complete(tx);
    if (parts.length <= 1 && pages.length <= 1) return [[open, ...writeParts, ...takePages, complete]];
    const mark: Step = async (tx) => tx.put(preparingRecords, this.#options.id, { locks: this.#firstLocks });
    const inThere: Step = (tx) => this.#checkPreparing(tx);
    const between = [...writeParts, ...takePages].map((step) => [inThere, step]);
    return [[open, mark], ...between, [inThere, complete]];
  }

  /** The membership and the lock are compared; the lock and the record of the host are written. */
  #sizeOf(address: string): Size {
    const { named, jumpHosts } = this.#options.look;
    const way = jumpHosts.get(address) ?? [];
    const operations = named.has(address) ? 5 : 4;
    return { operations, bytes: 8 * address.length + 512 + bytesOf(way) };
  }

  /** Writes the steps in one transaction. Returns the record of the same operation when that is running. */
  async #write(steps: readonly Step[]): Promise<OperationRecord | undefined> {
    const { store, stopping } = this.#options;
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      stopping.throwIfAborted();
      try {
        await store.transact(async (tx) => {
          for (const step of steps) await step(tx);
        });
        return undefined;
      } catch (error) {
        if (!(error instanceof Met)) throw error;
        const same = await this.#goOnFrom(error.held);
        if (same !== undefined) return same;
      }
    }
    throw new AppError('conflict', 'what the operation needs kept changing hands', { hint: 'try again' });
  }

  /** Waits for a lock, or goes on without it. @throws Obstructed when it can do neither */
  async #goOnFrom(held: Held): Promise<OperationRecord | undefined> {
    const { taking, id, request, look } = this.#options;
    if (held.lock === this.#identity) return this.#sameAs(held);
    const obstacle = await taking.obstacleAt(held, id);
    if (obstacle === undefined) return undefined;
    // The operation waits for the hosts of a cluster, as they may be in the middle of their bootstrap; for the hosts of
    // an expression and for a cluster only when the request says so. The run takes all of them at once.
    const isHost = held.lock.startsWith(hostLock(''));
    const mayWait = request.wait === true || (isHost && request.cluster !== '');
    if (!mayWait) throw new Obstructed(obstacle);
    // A lock that comes later is not taken before one that is waited for.
    this.#takesCluster &&= isHost;
    this.#takesHosts = false;
    if (this.isSplit) await taking.giveBack(look.addresses.toSorted().map(hostLock), id);
    return undefined;
  }

  async #sameAs({ operation }: Held): Promise<OperationRecord | undefined> {
    const { store, taking } = this.#options;
    if (await taking.settled(operation)) return undefined;
    const same = await findOperation(store, operation);
    return same?.finished_at === '' ? same : undefined;
  }

  async #open(tx: Transaction): Promise<void> {
    const { request, look } = this.#options;
    const { cluster } = request;
    if (cluster !== '' && (await clusterRevision(tx, cluster)) !== look.clusterRevision) throw new Outdated();
    await this.#lock(tx, this.#firstLocks);
  }

  /** The identity lock comes first: the same operation must not obstruct itself. */
  get #firstLocks(): string[] {
    const { cluster } = this.#options.request;
    return [this.#identity, ...(cluster === '' || !this.#takesCluster ? [] : [clusterLock(cluster)])];
  }

  async #putTarget(tx: Transaction, part: readonly string[], index: number): Promise<void> {
    tx.put(targetRecords, targetKey(this.#options.id, index), [...part]);
  }

  async #takePage(tx: Transaction, page: readonly string[]): Promise<void> {
    const { look, id } = this.#options;
    for (const address of page) {
      const cluster = (await tx.get(membershipRecords, address))?.value.cluster;
      if (cluster !== look.clusters.get(address)) throw new Outdated();
      if (look.named.has(address) && (await tx.get(hostRecords, address)) === undefined) throw new Outdated();
    }
    if (this.#takesHosts) await this.#lock(tx, page.map(hostLock));
    for (const address of page)
      tx.put(operationHostRecords, operationHostKey(id, address), newHostRecord(address, fixedOf(look, address)));
  }

  /** Takes locks that no operation has. @throws Met */
  async #lock(tx: Transaction, locks: readonly string[]): Promise<void> {
    const { id } = this.#options;
    const held = await heldAmong(tx, locks, id);
    if (held !== undefined) throw new Met(held);
    for (const lock of locks) tx.put(lockRecords, lock, { operation: id });
  }

  async #complete(tx: Transaction): Promise<void> {
    const { id, request, hold, numbers } = this.#options;
    const number = await numbers.give(tx, id, this.#number);
    this.#number = number;
    const operation = newOperation({ ...this.#options, number, identity: this.#identity });
    this.#operation = operation;
    putOperation(tx, operation);
    indexOperation(tx, operation);
    tx.put(runningRecords, id, true);
    tx.put(journalEntries, journalKey(id, 0), { at: operation.started_at, type: 'operation_started' });
    if (request.cluster !== '') tx.put(latestRecords, latestKey(request.cluster, request.kind), { operation: id });
    tx.emit({
      type: 'operation',
      action: 'started',
      key: id,
      data: { ...aboutOf(operation), by: request.requestedBy },
    });
    await hold(tx);
    if (this.isSplit) tx.delete(preparingRecords, id);
  }

  /** @throws Error when another server has undone it */
  async #checkPreparing(tx: Transaction): Promise<void> {
    const { id } = this.#options;
    if ((await tx.get(preparingRecords, id)) === undefined)
      throw new Error(`the start of the operation ${id} was undone`);
  }
}

function fixedOf({ jumpHosts, rebootTimeouts }: Look, address: string): FixedAtStart {
  const jump_hosts = jumpHosts.get(address);
  const reboot_timeout = rebootTimeouts.get(address);
  return {
    ...(jump_hosts === undefined ? {} : { jump_hosts }),
    ...(reboot_timeout === undefined ? {} : { reboot_timeout }),
  };
}
