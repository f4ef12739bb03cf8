import { NoServerError } from '../../src/client/no-server-error.ts';
import type { NewOperation } from '../../src/client/operations.ts';
import { timestamp } from '../../src/lib/clock.ts';
import type { OperationDetail } from '../../src/operations/operation.ts';
import type { FleetHost } from '../support/fleet.ts';
import { eventually, type Site, unplugged, unrouted } from './site.ts';

/** A number of at least 0 and less than 1. */
export type Random = () => number;

/** Milliseconds from a start of the server to its next end, at the most: the ends fall all over an operation. */
const longestLife = 2_500;

/** An operation under way while its server is killed and started again, and machines lose the network for a while. */
export class Drill {
  readonly #site: Site;
  readonly #random: Random;
  #seen: OperationDetail | undefined;

  constructor(site: Site, random: Random) {
    this.#site = site;
    this.#random = random;
  }

  /**
   * Kills the server at random moments until the operation has ended, and tells what it was at then. A kill after the
   * end is none.
   */
  async crash(most: number): Promise<string[]> {
    const killed: Array<{ at: string; state: string }> = [];
    while (killed.length < most) {
      await Bun.sleep(this.#random() * longestLife);
      if (this.#ended !== '') break;
      killed.push({ at: timestamp(new Date()), state: describe(this.#seen) });
      await this.#site.crash();
      await this.#site.start();
    }
    await eventually(async () => this.#ended || undefined);
    return killed.filter(({ at }) => at < this.#ended).map(({ state }) => state);
  }

  /**
   * Begins the operation, promotes it and follows it to its end, writing other things meanwhile.
   *
   * @param written told of each of these that was acknowledged, a cluster's name
   */
  async drive(body: NewOperation, written: (name: string) => void): Promise<OperationDetail> {
    // Asked again after a crash, it is the operation that is running already.
    const { operation } = await this.#patiently(() => this.#site.client.operations.start(body));
    const { id } = operation;
    let promoted = false;
    while (true) {
      const seen = await this.#patiently(() => this.#site.operation(id));
      this.#seen = seen;
      if (seen.finished_at !== '') return seen;
      if (seen.waiting_for?.what === 'promotion' && !promoted) {
        await this.#patiently(() => this.#site.client.operations.promote(id));
        promoted = true;
      }
      const name = crypto.randomUUID();
      const cluster = { type: 'host_only', network: 'default', container_manager: '' };
      if (await this.#attempt(() => this.#site.client.clusters.create(name, cluster))) written(name);
      await Bun.sleep(20);
    }
  }

  /** Cuts a machine off soon after the beginning, and until the server has tried for a while to connect to it. */
  async outage(machine: FleetHost): Promise<void> {
    await Bun.sleep(this.#random() * 1_000);
    // A router that says so, or a cable that is out: the server learns of it at once, or not at all.
    using _cut = this.#random() < 0.7 ? unrouted(machine) : unplugged(machine);
    await eventually(async () => this.#isConnecting(machine) || this.#ended !== '' || undefined);
    await Bun.sleep(1_500 + this.#random() * 1_500);
  }

  #isConnecting({ address }: FleetHost): boolean {
    return this.#seen?.results.find((host) => host.address === address)?.phase === 'connecting';
  }

  get #ended(): string {
    return this.#seen?.finished_at ?? '';
  }

  /** Asks until the server is there to answer. */
  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return eventually(() => this.#attempt(ask));
  }

  /** Undefined when the server went away, which leaves open whether it did what it was asked. */
  async #attempt<T>(ask: () => Promise<T>): Promise<T | undefined> {
    if (!this.#site.isUp) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (error instanceof NoServerError) return undefined;
      throw error;
    }
  }
}

/** What the machines are at, as `acting 2, pending 18`. */
function describe(operation: OperationDetail | undefined): string {
  if (operation === undefined) return 'beginning';
  if (operation.waiting_for !== null) return operation.waiting_for.what;
  const counts = new Map<string, number>();
  for (const { state, phase } of operation.results) counts.set(phase ?? state, (counts.get(phase ?? state) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${what} ${count}`).join(', ');
}
