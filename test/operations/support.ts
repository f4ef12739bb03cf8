import { Type as t } from '@sinclair/typebox';
import { systemClock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { Engine, type EngineOptions } from '../../src/operations/engine.ts';
import type { HostOutcome, Intent, JournalEntry } from '../../src/operations/entry.ts';
import { type HostWork, type Kind, succeeded } from '../../src/operations/kind.ts';
import { journalEntries, outputChunks } from '../../src/operations/records.ts';
import type { StartRequest } from '../../src/operations/start.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { SessionPool } from '../../src/ssh/pool.ts';
import type { Collection, Entry, EventLog, ListRange, Store, Transaction } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A real store in a directory of its own, gone when the scope ends. */
export function temporaryStore(): Store & AsyncDisposable {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  return Object.assign(store, {
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  });
}

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  details: object;
}

export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  debug(details: object, message: string): void {
    this.lines.push({ level: 'debug', message, details });
  }
  info(details: object, message: string): void {
    this.lines.push({ level: 'info', message, details });
  }
  warn(details: object, message: string): void {
    this.lines.push({ level: 'warn', message, details });
  }
  error(details: object, message: string): void {
    this.lines.push({ level: 'error', message, details });
  }
  child(): Logger {
    return this;
  }
}

/** An engine whose kinds never ask for a session: there is no machine behind any address. */
export function engineOn(store: Store, kinds: readonly Kind[], options: Partial<EngineOptions> = {}): Engine {
  const clock = systemClock;
  return new Engine({
    store,
    clock,
    newId: timeOrderedId,
    kinds,
    pool: new SessionPool({ hostKeys: new HostKeys(store, clock), clock }),
    target: () => Promise.reject(new Error('no machine is behind this address')),
    logger: new RecordingLogger(),
    journalRetryMs: 0,
    ...options,
  });
}

export function request(change: Partial<StartRequest> = {}): StartRequest {
  return {
    kind: 'act',
    parameters: {},
    cluster: 'web',
    strategy: { batch: 1, max_failures: 1 },
    requestedBy: 'tester',
    ...change,
  };
}

export function hostsNamed(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `h${String(index + 1).padStart(2, '0')}`);
}

/** Starts an operation on the hosts and waits until the engine has let go of it. */
export async function runToEnd(engine: Engine, asked: StartRequest, hosts: readonly string[]): Promise<string> {
  const { operation } = await engine.start(asked, async () => hosts);
  await engine.released(operation.id);
  return operation.id;
}

/** A kind called `act` that does nothing but what is said for it. */
export function kindOf(members: Partial<Kind> & Pick<Kind, 'run'>): Kind {
  return { name: 'act', parameters: t.Object({}), judge: members.run, ...members };
}

export function failed(message = 'no'): HostOutcome {
  return { state: 'failed', exit_code: 1, error: { code: 'command_failed', message } };
}

export function unreachable(): HostOutcome {
  return { state: 'unreachable', exit_code: null, error: { code: 'unreachable', message: 'nobody answers' } };
}

export async function journalOf(store: Store, id: string): Promise<JournalEntry[]> {
  return Array.fromAsync(store.list(journalEntries, { prefix: `${id}/` }), ({ value }) => value);
}

export async function outputOf(store: Store, id: string, address: string): Promise<string> {
  const chunks = await Array.fromAsync(store.list(outputChunks, { prefix: `${id}/${address}/` }), ({ value }) => value);
  return Buffer.concat(chunks).toString();
}

/** Something that is waited for until it is opened. */
export class Gate {
  readonly #open = Promise.withResolvers<void>();
  open(): void {
    this.#open.resolve();
  }
  get passed(): Promise<void> {
    return this.#open.promise;
  }
}

/** A store in front of a real one whose writes can be made to go wrong. */
export class FaultyStore implements Store {
  readonly #store: Store;
  /** Called before each write, with its number from 1: what it throws is the write's failure. */
  beforeWrite: (write: number) => void = () => {};
  /** Called after each write: what it throws is reported although the write is on disk. */
  afterWrite: (write: number) => void = () => {};
  writes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  get events(): EventLog {
    return this.#store.events;
  }

  get<T>(collection: Collection<T>, key: string): Promise<Entry<T> | undefined> {
    return this.#store.get(collection, key);
  }

  list<T>(collection: Collection<T>, range?: ListRange): AsyncIterable<Entry<T>> {
    return this.#store.list(collection, range);
  }

  async transact<R>(work: (transaction: Transaction) => Promise<R>): Promise<R> {
    this.writes += 1;
    const write = this.writes;
    this.beforeWrite(write);
    const result = await this.#store.transact(work);
    this.afterWrite(write);
    return result;
  }

  async close(): Promise<void> {}
}

/** A machine in memory that keeps, like a real one, what was done to it when the server is gone. */
export interface Machine {
  /** Goes up by one with every reboot. */
  boot: number;
  printed: string;
  tidied: number;
}

/**
 * A kind that reboots machines in memory and reads what they print on their way, with all that is needed to judge it
 * later. It keeps a record of how it was called.
 */
export class RebootingKind implements Kind {
  readonly name = 'act';
  readonly parameters = t.Object({});
  readonly machines: Map<string, Machine>;
  readonly ran: string[] = [];
  readonly judged: string[] = [];
  /** The most hosts that were ever worked on at once, and those worked on twice at once. */
  mostAtOnce = 0;
  readonly overlapping: string[] = [];
  readonly #atWork = new Set<string>();
  readonly #outcomes: Readonly<Record<string, HostOutcome>>;

  constructor(machines: Map<string, Machine>, outcomes: Readonly<Record<string, HostOutcome>> = {}) {
    this.machines = machines;
    this.#outcomes = outcomes;
  }

  run(work: HostWork): Promise<HostOutcome> {
    this.ran.push(work.address);
    return this.#working(work, async (machine) => {
      const intent = { act: 'reboot', boot: machine.boot, output_from: work.outputBytes() };
      await work.intend(intent);
      reboot(machine);
      return intent;
    });
  }

  judge(work: HostWork, _parameters: Record<string, unknown>, intent: Intent): Promise<HostOutcome> {
    this.judged.push(work.address);
    return this.#working(work, async (machine) => {
      if (machine.boot === intent.boot) reboot(machine);
      return intent;
    });
  }

  async afterwards(work: HostWork): Promise<void> {
    machineOf(this.machines, work.address).tidied += 1;
  }

  async #working(work: HostWork, act: (machine: Machine) => Promise<Intent>): Promise<HostOutcome> {
    const { address } = work;
    if (this.#atWork.has(address)) this.overlapping.push(address);
    this.#atWork.add(address);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atWork.size);
    try {
      const machine = machineOf(this.machines, address);
      await work.phase('acting');
      const { output_from } = await act(machine);
      await work.phase('rebooting');
      await follow(work, machine, Number(output_from));
      return this.#outcomes[address] ?? succeeded(0);
    } finally {
      this.#atWork.delete(address);
    }
  }
}

export function machineOf(machines: Map<string, Machine>, address: string): Machine {
  const machine = machines.get(address) ?? { boot: 0, printed: '', tidied: 0 };
  machines.set(address, machine);
  return machine;
}

function reboot(machine: Machine): void {
  machine.boot += 1;
  machine.printed += `going down for boot ${machine.boot}`;
}

async function follow(work: HostWork, { printed }: Machine, outputFrom: number): Promise<void> {
  while (work.outputBytes() - outputFrom < printed.length) {
    const known = work.outputBytes() - outputFrom;
    await work.output(Buffer.from(printed.slice(known, known + 9)));
  }
}
