import { connect } from 'node:net';
import type { FleetHost } from '../support/fleet.ts';

/** A time during which a machine did not answer, in milliseconds of the monotonic clock. */
export interface Outage {
  name: string;
  /** Start of the first and of the last question that got no answer. */
  from: number;
  to: number;
}

/** Asks every machine for its SSH banner, over and over, and remembers when one did not answer. */
export class Probe implements AsyncDisposable {
  readonly outages: Outage[] = [];
  questions = 0;
  #stopped = false;
  readonly #loops: Promise<void>[];

  constructor(machines: readonly FleetHost[]) {
    this.#loops = machines.map((machine) => this.#watch(machine));
  }

  /** The most machines that were out at the same time. */
  get mostDown(): number {
    const downAt = (time: number) => this.outages.filter(({ from, to }) => from <= time && time <= to).length;
    return Math.max(0, ...this.outages.map(({ from }) => downAt(from)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  async #watch(machine: FleetHost): Promise<void> {
    let outage: Outage | undefined;
    while (!this.#stopped) {
      const asked = performance.now();
      const answered = await showsBanner(machine);
      this.questions += 1;
      if (answered) outage = undefined;
      else if (outage !== undefined) outage.to = asked;
      else {
        outage = { name: machine.name, from: asked, to: asked };
        this.outages.push(outage);
      }
      await Bun.sleep(10);
    }
  }
}

function showsBanner({ address, port }: FleetHost): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => resolve(false), 300);
  socket.once('data', (bytes) => resolve(bytes.toString('latin1').startsWith('SSH-')));
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
