import { hostsIn } from './share.ts';
import type { Strategy } from './strategy.ts';

/** The jump hosts of each host that has some. */
export type JumpHostsOf = ReadonlyMap<string, readonly string[]>;

export interface Batch {
  hosts: string[];
  /** Why hosts whose turn it was come later; empty for most batches. */
  splits: string[];
}

/**
 * The batches, in order. A host and its jump hosts are never in the same batch. A host whose turn that prevents is the
 * first one of the next batch that may have it, and the hosts after it move up: batches keep their size, and hosts
 * otherwise their order.
 *
 * @param jumpHosts without it, jump hosts do not matter
 */
export function batchesOf(
  addresses: readonly string[],
  { batch }: Pick<Strategy, 'batch'>,
  jumpHosts: JumpHostsOf = new Map(),
): Batch[] {
  const ramp = Array.isArray(batch) ? batch : [batch];
  const batches: Batch[] = [];
  const inOrder = addresses.values();
  let delayed: string[] = [];
  let rest = addresses.length;
  while (rest > 0) {
    const share = ramp[Math.min(batches.length, ramp.length - 1)] ?? 1;
    const filling = new Filling(hostsIn(share, addresses.length), jumpHosts);
    const again = delayed.values();
    const left = [...filling.takeFrom(again), ...again];
    delayed = [...left, ...filling.takeFrom(inOrder)];
    batches.push(filling.batch);
    rest -= filling.batch.hosts.length;
  }
  return batches;
}

/** A batch that is being filled. */
class Filling {
  readonly #size: number;
  readonly #jumpHosts: JumpHostsOf;
  readonly #hosts = new Set<string>();
  /** The jump hosts of its hosts. */
  readonly #passed = new Set<string>();
  /** By jump host of this batch: how many hosts behind it come later. */
  readonly #behind = new Map<string, number>();
  /** Jump hosts that come later. */
  readonly #before: string[] = [];

  constructor(size: number, jumpHosts: JumpHostsOf) {
    this.#size = size;
    this.#jumpHosts = jumpHosts;
  }

  get #isFull(): boolean {
    return this.#hosts.size >= this.#size;
  }

  get batch(): Batch {
    const behind = Array.from(this.#behind, ([jumpHost, count]) =>
      count === 1
        ? `1 host comes later, because it is reached through ${jumpHost}`
        : `${count} hosts come later, because they are reached through ${jumpHost}`,
    );
    const before = this.#before.map(
      (jumpHost) => `${jumpHost} comes later, because hosts of this batch are reached through it`,
    );
    return { hosts: [...this.#hosts], splits: [...behind, ...before] };
  }

  /** Takes hosts, in order, until the batch is full. Returns those that it had to leave out before that. */
  takeFrom(addresses: ArrayIterator<string>): string[] {
    const left: string[] = [];
    while (!this.#isFull) {
      const { done, value } = addresses.next();
      if (done === true) break;
      if (!this.#take(value)) left.push(value);
    }
    return left;
  }

  /** False when the host must come later. */
  #take(address: string): boolean {
    const way = this.#jumpHosts.get(address) ?? [];
    const jumpHost = way.find((each) => this.#hosts.has(each));
    if (jumpHost !== undefined) {
      this.#behind.set(jumpHost, (this.#behind.get(jumpHost) ?? 0) + 1);
      return false;
    }
    if (this.#passed.has(address)) {
      this.#before.push(address);
      return false;
    }
    this.#hosts.add(address);
    for (const each of way) this.#passed.add(each);
    return true;
  }
}
