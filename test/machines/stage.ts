import { readFileSync } from 'node:fs';
import type { FleetHost } from '../support/fleet.ts';
import { Rehearsal } from './rehearsal.ts';
import { fleet, machines, Site, unrouted } from './site.ts';

/** Six machines of the racks r1, r2, r0, r1, …, and three of which the server knows no more than the address. */
export const reachable = machines.slice(0, 6);
export const away = machines.slice(6, 9);

/** A server with machines to rehearse on: those above, with no route to the last three. */
export class Stage implements AsyncDisposable {
  readonly site: Site;
  readonly #cuts = new Map<FleetHost, Disposable>();

  private constructor(site: Site) {
    this.site = site;
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await Site.open(reachable));
    await stage.#enrol();
    for (const machine of away) stage.cut(machine);
    return stage;
  }

  /**
   * Machines that stand in the order of their letters: `s` succeeds, `f` fails once it has done what it does, and no
   * route leads to `u`.
   */
  rehearse(letters: string): Rehearsal {
    const [well, cutOff] = [[...reachable], [...away]];
    const members = [...letters].flatMap((letter) => (letter === 'u' ? cutOff : well).shift() ?? []);
    const failing = [...letters].flatMap((letter, index) => (letter === 'f' ? [index + 1] : []));
    return new Rehearsal(this.site, members).fail(...failing);
  }

  cut(machine: FleetHost): void {
    this.#cuts.set(machine, unrouted(machine));
  }

  mend(machine: FleetHost): void {
    this.#cuts.get(machine)?.[Symbol.dispose]();
    this.#cuts.delete(machine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of [...this.#cuts.keys()]) this.mend(machine);
    await this.site[Symbol.asyncDispose]();
  }

  async #enrol(): Promise<void> {
    const { client, server } = this.site;
    for (const [index, { address }] of reachable.entries()) {
      await client.hosts.changeLabels(address, { rack: `r${(index + 1) % 3}` });
    }
    const body = { status: 'active', ssh_priv_key: readFileSync(fleet.key).toString('base64') };
    for (const { address } of away) {
      await server.request(`/api/v0/host/${address}?import=true`, { method: 'PUT', body });
    }
  }
}
