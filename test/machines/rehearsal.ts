import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationDetail } from '../../src/operations/operation.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import type { FleetHost } from '../support/fleet.ts';
import { eventually, type Site } from './site.ts';

/** When a machine, by its own clock, began and ended. Those of one computer have the same clock. */
interface Span {
  position: number;
  begun: bigint;
  ended: bigint;
}

/**
 * An operation of which each machine begins, says so in a file of its own, and ends when the test lets it. What was
 * touched is read from the machines, not from the server. Machines go by their position, from 1, as in `1 2`.
 */
export class Rehearsal {
  readonly #site: Site;
  readonly #members: readonly FleetHost[];
  readonly #name = `var/log/rehearsal-${crypto.randomUUID()}`;
  readonly #waves: string[][] = [];
  #id = '';

  constructor(site: Site, members: readonly FleetHost[]) {
    this.#site = site;
    this.#members = members;
  }

  get id(): string {
    return this.#id;
  }

  /** What stands in the command line of what runs on its machines, and in no other. */
  get name(): string {
    return this.#name;
  }

  /** The target that names the machines in their order. */
  get target(): string {
    return this.#members.map(({ address }) => `host:${address}`).join(' | ');
  }

  /** What a machine does. */
  get parameters(): Record<string, unknown> {
    const stamp = (what: string) => `echo ${what} $(date +%s%N) >>$f`;
    const wait = 'until [ -e $f.go ]; do sleep 0.02; done';
    return { command: `f=/${this.#name}; ${stamp('begun')}; ${wait}; ${stamp('ended')}; [ ! -e $f.fails ]` };
  }

  /** Lets machines fail once they have done what they do. */
  fail(...positions: number[]): this {
    for (const position of positions) writeFileSync(this.#file(position, '.fails'), '');
    return this;
  }

  async begin(strategy: Partial<Strategy>, target = this.target): Promise<this> {
    const { parameters } = this;
    const { operation } = await this.#site.client.operations.start({ kind: 'exec', parameters, target, strategy });
    this.#id = operation.id;
    return this;
  }

  /** Waits until just these machines, beside those that were let go before, have begun, and lets them end. */
  async wave(positions: string): Promise<void> {
    await this.holds(positions);
    this.release(positions);
  }

  /** Waits until just these machines, beside those that were let go before, have begun. */
  async holds(positions: string): Promise<void> {
    const wanted = positions.split(' ');
    await eventually(async () => wanted.every((position) => this.#hasBegun(Number(position))) || undefined);
    this.#waves.push(wanted);
    const touched = this.touched;
    const expected = this.#waves.flat().toSorted();
    if (touched !== expected.join(' ')) throw new Error(`${expected.join(' ')} should have begun: ${touched} have`);
  }

  release(positions: string): void {
    for (const position of positions.split(' ')) writeFileSync(this.#file(Number(position), '.go'), '');
  }

  /** The machines that have begun. */
  get touched(): string {
    return this.#positions.filter((position) => this.#hasBegun(position)).join(' ');
  }

  /** Waits until the operation is waiting for this, or paused. */
  async stands(what: string): Promise<OperationDetail> {
    return this.#site.until(this.#id, ({ status, waiting_for }) => (waiting_for?.what ?? status) === what);
  }

  until(wanted: (operation: OperationDetail) => boolean): Promise<OperationDetail> {
    return this.#site.until(this.#id, wanted);
  }

  /** How it ended, with the first letter of the state of each machine in the order of the operation. */
  async end(): Promise<{ status: string; states: string }> {
    const { status, results } = await this.#site.ended(this.#id);
    return { status, states: results.map(({ state }) => state.charAt(0)).join('') };
  }

  /** Whether every machine of a wave was done before one of the next began, by the machines' own word. */
  get inTurn(): boolean {
    const spans = new Map(this.#spans().map((span) => [span.position, span]));
    const waves = this.#waves.map((wave) => wave.flatMap((position) => spans.get(Number(position)) ?? []));
    return waves.every((wave, index) => {
      const next = waves[index + 1] ?? [];
      return wave.every(({ ended }) => next.every(({ begun }) => ended < begun));
    });
  }

  /** The most machines that were at it at the same time. */
  get mostAtOnce(): number {
    const spans = this.#spans();
    return Math.max(0, ...spans.map(({ begun: at }) => spans.filter((s) => s.begun <= at && at < s.ended).length));
  }

  /** The machines in the order in which they began. */
  get order(): string {
    return this.#spans()
      .toSorted((a, b) => Number(a.begun - b.begun))
      .map(({ position }) => position)
      .join(' ');
  }

  /** @throws Error when a machine began or ended other than once */
  #spans(): Span[] {
    return this.#positions.filter((position) => this.#hasBegun(position)).map((position) => this.#span(position));
  }

  #span(position: number): Span {
    const text = readFileSync(this.#file(position), 'utf8');
    const [, begun, ended] = /^begun (\d+)\nended (\d+)\n$/.exec(text) ?? [];
    if (begun === undefined || ended === undefined) throw new Error(`machine ${position} was run as: ${text}`);
    return { position, begun: BigInt(begun), ended: BigInt(ended) };
  }

  get #positions(): number[] {
    return this.#members.map((_, index) => index + 1);
  }

  #hasBegun(position: number): boolean {
    return existsSync(this.#file(position));
  }

  #file(position: number, ending = ''): string {
    return join(this.#members[position - 1]?.root ?? '', `${this.#name}${ending}`);
  }
}
