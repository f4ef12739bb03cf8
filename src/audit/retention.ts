import { type Clock, dayMs, parseTimestamp } from '../lib/clock.ts';
import { OldForCertain } from '../lib/old-for-certain.ts';
import type { Sweep } from '../lib/sweep.ts';
import type { Store } from '../store/contract.ts';
import { auditEntries } from './records.ts';
import { headOf } from './stored-trail.ts';
import type { Trail } from './trail.ts';

export interface AuditRetentionOptions {
  store: Store;
  clock: Clock;
  /** The only writer of the trail. */
  trail: Pick<Trail, 'removeThrough'>;
  /** How long an entry is kept. */
  days: number;
}

/**
 * Removes entries of the audit trail that are too old, except the newest. The remaining trail can be verified from its
 * beginning.
 */
export class AuditRetention implements Sweep {
  readonly what = 'audit entries';
  readonly #options: AuditRetentionOptions;
  readonly #old: OldForCertain;

  constructor(options: AuditRetentionOptions) {
    this.#options = options;
    this.#old = new OldForCertain(options.clock);
  }

  async sweep(signal: AbortSignal): Promise<number> {
    const { store, trail } = this.#options;
    const through = this.#old.look(await this.#oldThrough(signal));
    const anchor = (await headOf(store))?.anchor.sequence ?? 0;
    for (let reached = anchor; reached < through; ) {
      signal.throwIfAborted();
      const next = await trail.removeThrough(through);
      // Where an entry is missing, removal stops, so that the gap shows.
      if (next <= reached) return reached - anchor;
      reached = next;
    }
    return Math.max(0, through - anchor);
  }

  /** The number of the last entry that is too old by the calendar, 0 for none. */
  async #oldThrough(signal: AbortSignal): Promise<number> {
    const { store, clock, days } = this.#options;
    const last = (await headOf(store))?.sequence ?? 0;
    const until = clock.now().getTime() - days * dayMs;
    let through = 0;
    for await (const { value } of store.list(auditEntries)) {
      signal.throwIfAborted();
      if (value.sequence >= last || parseTimestamp(value.at) > until) break;
      through = value.sequence;
    }
    return through;
  }
}
