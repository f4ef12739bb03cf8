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

/** Tells of commits, in the order of their revisions, whatever the order in which they are known to be durable. */
export class CommitFeed {
  readonly #commits = new Listeners<DurableCommit>();
  readonly #events = new Listeners<StoredEvent>();
  readonly #held = new Map<number, Held>();
  /** Of the next commit to be told of; undefined once it is not known any more which one that is. */
  #next: number | undefined;

  /** @param revision of the last commit before the first that is told of */
  constructor(revision: number) {
    this.#next = revision + 1;
  }

  /** Before those that watch or subscribe later. */
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

  /** Resolves when all who listen were told of it, and of all before it. */
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

  /** A commit failed, and whether it has a revision cannot be said: from now on nobody waits for an earlier one. */
  lostTrack(): void {
    this.#next = undefined;
    const held = [...this.#held.values()].sort((one, other) => one.commit.revision - other.commit.revision);
    this.#held.clear();
    for (const { commit, told } of held) {
      this.#tell(commit);
      told();
    }
  }

  /** Caches first: who hears of an event reads what it tells of. */
  #tell(commit: DurableCommit): void {
    this.#commits.tell(commit);
    for (const event of commit.events) this.#events.tell(event);
  }
}
