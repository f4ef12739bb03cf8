import type { Collection, StoredEvent, WatchListener, Written } from './contract.ts';
import { Listeners } from './listeners.ts';

/** What a transaction wrote, once it is durable. */
export interface DurableCommit {
  readonly revision: number;
  readonly written: readonly Omit<Written, 'revision'>[];
  readonly events: readonly StoredEvent[];
}

interface Held {
  readonly commit: DurableCommit;
  readonly told: () => void;
}

/** Announces commits in the order of their revisions, even if they become durable in another order. */
export class CommitFeed {
  readonly #commits = new Listeners<DurableCommit>();
  readonly #events = new Listeners<StoredEvent>();
  readonly #held = new Map<number, Held>();
  /** Revision of the next commit to announce; undefined once that is unknown. */
  #next: number | undefined;

  /** @param revision of the last commit before the first announced one */
  constructor(revision: number) {
    this.#next = revision + 1;
  }

  /** Adds a listener that is called before those of `watch` and `subscribe`. */
  onCommit(listener: (commit: DurableCommit) => void): Disposable {
    return this.#commits.add(listener);
  }

  watch(collections: readonly Collection<unknown>[], listener: WatchListener): Disposable {
    const names = new Set(collections.map(({ name }) => name));
    return this.#commits.add(({ revision, written }) => {
      const watched = written.filter(({ collection }) => names.has(collection));
      if (watched.length > 0) listener(watched.map((each) => ({ ...each, revision })));
    });
  }

  subscribe(listener: (event: StoredEvent) => void): Disposable {
    return this.#events.add(listener);
  }

  /** Resolves when all listeners have been called for this commit and for all earlier ones. */
  async tell(commit: DurableCommit): Promise<void> {
    if (this.#next === undefined) return this.#tell(commit);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(commit.revision, { commit, told: resolve });
    for (let held = this.#held.get(this.#next); held !== undefined; held = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#next += 1;
      this.#tell(held.commit);
      held.told();
    }
    return promise;
  }

  /**
   * A commit failed, and the store does not know whether it has a revision: from now on no commit waits for an earlier
   * one.
   */
  lostTrack(): void {
    this.#next = undefined;
    const held = [...this.#held.values()].sort((one, other) => one.commit.revision - other.commit.revision);
    this.#held.clear();
    for (const { commit, told } of held) {
      this.#tell(commit);
      told();
    }
  }

  /** Calls caches first, because a listener of an event reads the records that the event is about. */
  #tell(commit: DurableCommit): void {
    this.#commits.tell(commit);
    for (const event of commit.events) this.#events.tell(event);
  }
}
