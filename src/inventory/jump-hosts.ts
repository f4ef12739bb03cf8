import { Pace } from '../lib/pace.ts';
import type { Store } from '../store/contract.ts';
import { credentialRecords } from './collections.ts';
import { proxyJump } from './proxy-jump.ts';

/** Credentials that are opened together. */
const openedAtOnce = 200;

/**
 * Knows through which hosts each host is reached. Credentials are sealed, and opening those of ten thousand hosts takes
 * a second. So it remembers the addresses of the jump hosts, and forgets those whose credentials were written.
 */
export class JumpHosts implements Disposable {
  readonly #store: Store;
  readonly #watch: Disposable;
  /** By address: its own jump hosts, as its credentials name them. */
  readonly #own = new Map<string, readonly string[]>();
  /** Grows with each write, so that a read that began before it is not remembered. */
  #writes = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#watch = store.watch([credentialRecords], (written) => {
      this.#writes += 1;
      for (const { key } of written) {
        if (key === undefined) this.#own.clear();
        else this.#own.delete(key);
      }
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  /** The jump hosts of each host that has some, in the order in which connections go through them. */
  async of(addresses: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const ways = new Map<string, readonly string[]>();
    const pace = new Pace();
    for (let from = 0; from < addresses.length; from += openedAtOnce) {
      const some = addresses.slice(from, from + openedAtOnce);
      const found = await Promise.all(some.map((address) => this.#wayTo(address)));
      for (const [index, address] of some.entries()) {
        const way = found[index] ?? [];
        if (way.length > 0) ways.set(address, way);
      }
      if (pace.isDue) await pace.rest();
    }
    return ways;
  }

  /** As in `targetThrough`, only the first jump host may have jump hosts itself. Ends where they lead back. */
  async #wayTo(address: string): Promise<string[]> {
    const way: string[] = [];
    for (let at = address; ; ) {
      const [first, ...others] = await this.#ownOf(at);
      if (first === undefined || first === address || way.includes(first)) return way;
      way.unshift(first, ...others.filter((each) => each !== address));
      at = first;
    }
  }

  /** None for credentials that cannot be read: the connection fails with the reason. */
  async #ownOf(address: string): Promise<readonly string[]> {
    const known = this.#own.get(address);
    if (known !== undefined) return known;
    const before = this.#writes;
    const credentials = await this.#store.get(credentialRecords, address).catch(() => undefined);
    const own = proxyJump(credentials?.value.proxy_jump);
    if (before === this.#writes) this.#own.set(address, own);
    return own;
  }
}
