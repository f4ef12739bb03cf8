import { hostLock } from './locks.ts';
import type { Obstacle } from './obstacle.ts';

/** A host that an operation has in flight, or wants to. */
export interface Passage {
  address: string;
  /** The jump hosts it is reached through. */
  jumpHosts: readonly string[];
  operation: string;
  number: number;
  kind: string;
  /** Whether the operation may take the host away for a while. */
  takesAway: boolean;
}

/**
 * Keeps the ways to hosts in flight open, over all operations: no operation takes a jump host away while another one
 * works behind it, and none starts a host behind a jump host that another one may take away. An operation keeps its own
 * hosts apart by its batches.
 */
export class Ways {
  /** By address: a host has one operation at a time. */
  readonly #inFlight = new Map<string, Passage>();
  /** By jump host: the hosts in flight behind it. */
  readonly #behind = new Map<string, Set<string>>();
  #changed = Promise.withResolvers<void>();

  /** Resolves at the next change that may open a way. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** The operation that keeps the host from being started now, with the host that it has in flight. */
  obstacle({ address, jumpHosts, operation, takesAway }: Omit<Passage, 'kind' | 'number'>): Obstacle | undefined {
    const inTheWay = (other: Passage | undefined) => other !== undefined && other.operation !== operation;
    const gone = jumpHosts.map((each) => this.#inFlight.get(each)).find((other) => inTheWay(other) && other?.takesAway);
    if (gone !== undefined) return obstacleOf(gone);
    if (!takesAway) return undefined;
    for (const each of this.#behind.get(address) ?? []) {
      const other = this.#inFlight.get(each);
      if (other !== undefined && inTheWay(other)) return obstacleOf(other);
    }
    return undefined;
  }

  /** To be called when nothing is in the way of the host, or it was in flight before the server started. */
  take(passage: Passage): void {
    const { address, jumpHosts } = passage;
    this.#inFlight.set(address, passage);
    for (const each of jumpHosts) this.#behind.set(each, (this.#behind.get(each) ?? new Set()).add(address));
  }

  /** Changes nothing for a host that the operation has not taken. */
  giveBack(address: string, operation: string): void {
    const passage = this.#inFlight.get(address);
    if (passage?.operation !== operation) return;
    this.#inFlight.delete(address);
    for (const each of passage.jumpHosts) {
      const hosts = this.#behind.get(each);
      hosts?.delete(address);
      if (hosts?.size === 0) this.#behind.delete(each);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function obstacleOf({ address, operation, number, kind }: Passage): Obstacle {
  return { lock: hostLock(address), operation, number, kind };
}
