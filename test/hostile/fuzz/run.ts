import type { CompiledServer } from '../../support/compiled.ts';
import { type ApiDocument, readApiDocument } from './api-document.ts';
import { FuzzConnection } from './connection.ts';
import { Oracle } from './oracle.ts';
import { Requests } from './requests.ts';
import type { KnownValues } from './valid-values.ts';
import { bytesOf, describeRequest } from './written.ts';

export interface FuzzOptions {
  readonly server: CompiledServer;
  readonly known: KnownValues;
  readonly seed: number;
  readonly count: number;
  /** Where requests are left that were answered wrongly. */
  readonly directory: string;
  /** Puts back what requests deleted; called while none is under way. */
  readonly restore: () => Promise<void>;
  /** Called now and then with what came of it so far. */
  readonly onProgress?: (tally: FuzzTally) => void;
}

export interface FuzzTally {
  readonly sent: number;
  readonly seconds: number;
  /** How often each status came. */
  readonly statuses: ReadonlyMap<string, number>;
  /** The longest that one request took, in milliseconds. */
  readonly slowest: { readonly ms: number; readonly what: string };
  /** How often there was a fault, and the first ones in words. */
  readonly faults: number;
  readonly told: readonly string[];
}

const connections = 32;
/** Requests between two times that the inventory is put back. */
const round = 2_000;
const progressMs = 5_000;
/** So many faults are told in full; of the others only the number. */
const mostTold = 20;
/** With so many it is over: a server that hangs would take hours to go on. */
const mostFaults = 100;

/** Sends so many requests of the server's own document, and judges each answer. */
export async function fuzz(options: FuzzOptions): Promise<FuzzTally> {
  const { server, known, seed, count } = options;
  const document = readApiDocument(await (await server.request('/openapi.json')).json());
  const run = new Run(options, document, new Requests(document, known, seed));
  for (let from = 0; from < count && !run.isHopeless; from += round) {
    await run.round(from, Math.min(from + round, count));
    if (!run.isHopeless) await options.restore();
  }
  return run.tally();
}

class Run {
  readonly #options: FuzzOptions;
  readonly #requests: Requests;
  readonly #oracle: Oracle;
  readonly #statuses = new Map<string, number>();
  readonly #told: string[] = [];
  readonly #begun = performance.now();
  #faults = 0;
  #sent = 0;
  #slowest = { ms: 0, what: '' };
  #toldAt = performance.now();

  constructor(options: FuzzOptions, document: ApiDocument, requests: Requests) {
    this.#options = options;
    this.#requests = requests;
    this.#oracle = new Oracle(document);
  }

  get isHopeless(): boolean {
    return this.#faults >= mostFaults;
  }

  async round(from: number, until: number): Promise<void> {
    let next = from;
    const worker = async () => {
      using connection = new FuzzConnection(this.#options.server.url);
      while (next < until && !this.isHopeless) await this.#one(next++, connection);
    };
    await Promise.all(Array.from({ length: connections }, worker));
  }

  tally(): FuzzTally {
    const seconds = (performance.now() - this.#begun) / 1_000;
    const statuses = new Map([...this.#statuses].toSorted(([a], [b]) => a.localeCompare(b)));
    return { sent: this.#sent, seconds, statuses, slowest: this.#slowest, faults: this.#faults, told: this.#told };
  }

  async #one(index: number, connection: FuzzConnection): Promise<void> {
    const request = this.#requests.at(index);
    const begun = performance.now();
    const answer = await connection.send(request.method, bytesOf(request));
    const ms = performance.now() - begun;
    if (ms > this.#slowest.ms)
      this.#slowest = { ms, what: `${request.method} ${request.route.path}: ${request.trick}` };
    this.#sent += 1;
    const status = String(answer.status);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const fault = this.#oracle.faultOf(request, answer);
    if (fault !== undefined) this.#tell(`${describeRequest(request, this.#options.directory)}\n  ${fault}`);
    if (performance.now() - this.#toldAt < progressMs) return;
    this.#toldAt = performance.now();
    this.#options.onProgress?.(this.tally());
  }

  #tell(fault: string): void {
    this.#faults += 1;
    if (this.#told.length < mostTold) this.#told.push(fault);
  }
}

/** A tally in a few lines. */
export function describeTally({ sent, seconds, statuses, slowest, faults }: FuzzTally): string {
  const counts = [...statuses].map(([status, times]) => `${status}: ${times}`).join(', ');
  return `${sent} requests in ${seconds.toFixed(0)} s, ${(sent / seconds).toFixed(0)}/s; ${counts}; slowest ${slowest.ms.toFixed(0)} ms (${slowest.what}); ${faults} faults`;
}
