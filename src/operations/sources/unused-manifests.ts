import type { Clock } from '../../lib/clock.ts';
import { TwiceExpired } from '../../lib/twice-expired.ts';
import type { Store } from '../../store/contract.ts';
import { manifestRecords, manifestUses } from './records.ts';

/**
 * Removes manifests that no operation uses. A manifest is written before its operation, which may then be refused: only
 * a manifest that no request used for an hour is removed.
 */
export class UnusedManifests {
  readonly #store: Store;
  readonly #unused: TwiceExpired;

  constructor(store: Store, clock: Pick<Clock, 'monotonic'>) {
    this.#store = store;
    this.#unused = new TwiceExpired(clock);
  }

  /** @throws what a commit throws; the next call continues */
  async remove(): Promise<void> {
    const unused = new Map<string, { digest: string; revision: number }>();
    for await (const { key: digest, value, revision } of this.#store.list(manifestUses)) {
      // With the revision: a manifest that was requested meanwhile counts as another one.
      if (value.operations === 0) unused.set(`${digest} ${revision}`, { digest, revision });
    }
    const certain = this.#unused.look(unused.keys());
    for (const [key, { digest, revision }] of unused) if (certain.has(key)) await this.#removeOne(digest, revision);
  }

  #removeOne(digest: string, revision: number): Promise<void> {
    return this.#store.transact(async (tx) => {
      if ((await tx.get(manifestUses, digest))?.revision !== revision) return;
      tx.delete(manifestUses, digest);
      tx.delete(manifestRecords, digest);
    }, 'journal');
  }
}
