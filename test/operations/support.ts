import { Type as t } from '@sinclair/typebox';
import { expect } from 'vitest';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { Disruptions } from '../../src/operations/disruptions.ts';
import { Engine, type EngineOptions } from '../../src/operations/engine.ts';
import type { HostOutcome, Intent, JournalEntry } from '../../src/operations/entry.ts';
import type { OperationRecord } from '../../src/operations/fold.ts';
import { HttpGates } from '../../src/operations/http-gates.ts';
import { type HostWork, type Kind, type Step, skipped, succeeded } from '../../src/operations/kind.ts';
import type { LookingAt } from '../../src/operations/look.ts';
import { Numbers } from '../../src/operations/numbers.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { Operations } from '../../src/operations/operations.ts';
import { preparingRecords } from '../../src/operations/preparing.ts';
import {
  journalEntries,
  lockRecords,
  operationRecords,
  outputChunks,
  readOperation,
  readState,
  runningRecords,
} from '../../src/operations/records.ts';
import type { StartRequest } from '../../src/operations/start.ts';
import { Starts } from '../../src/operations/starts.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import { Taking } from '../../src/operations/taking.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { SessionPool } from '../../src/ssh/pool.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import type { Store } from '../../src/store/contract.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import { pageBound } from '../../src/store/limits.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

export { FaultyStore } from '../support/faulty-store.ts';

/** A real store in a directory of its own, gone when the scope ends. */
export function temporaryStore(): CachingStore & AsyncDisposable {
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
    leases: new ProcessLeases(store),
    clock,
    newId: timeOrderedId,
    kinds,
    pool: new SessionPool({ hostKeys: new HostKeys(store, clock), clock }),
    disruptions: new Disruptions(store),
    target: () => Promise.reject(new Error('no machine is behind this address')),
    logger: new RecordingLogger(),
    nodes: { unready: async () => undefined },
    journalRetryMs: 0,
    fullRetryMs: 0,
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

/** Writes an operation down as the engine does, without beginning with it. */
export async function writtenDown(
  store: Store,
  asked: StartRequest,
  hosts: readonly string[],
  looking: Partial<LookingAt> = {},
): Promise<OperationRecord> {
  const surroundings = { store, clock: systemClock, bound: pageBound, stopping: new AbortController().signal };
  const starts = new Starts({
    ...surroundings,
    taking: new Taking(surroundings),
    numbers: new Numbers(store),
    logger: new RecordingLogger(),
    httpGates: new HttpGates(),
    jumpHosts: async () => new Map(),
    takesAway: () => true,
    rebootTimeout: 600,
    ...looking,
  });
  const { operation } = await starts.start(
    timeOrderedId(),
    asked,
    async () => hosts,
    async () => undefined,
  );
  return operation;
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

/** A step as tests write one: with the parameters of the operation. */
interface OneStep extends Pick<Step, 'end' | 'leavesBehind' | 'afterwards'> {
  run(work: HostWork, parameters: Record<string, unknown>): Promise<HostOutcome>;
  judge?(work: HostWork, parameters: Record<string, unknown>, intent: Intent): Promise<HostOutcome>;
}

/** A kind called `act` of one step, which does nothing but what is said for it. */
export function kindOf(members: Partial<Omit<Kind, 'steps'>> & OneStep): Kind {
  const { run, judge = run, end, leavesBehind, afterwards, ...kind } = members;
  return {
    name: 'act',
    parameters: t.Object({}),
    ...kind,
    steps: (parameters) => [
      {
        name: 'act',
        acts: [],
        run: (work) => run(work, parameters),
        judge: (work, intent) => judge(work, parameters, intent),
        ...(end === undefined ? {} : { end }),
        ...(leavesBehind === undefined ? {} : { leavesBehind }),
        ...(afterwards === undefined ? {} : { afterwards }),
      },
    ],
  };
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
  const chunks = await Array.fromAsync(
    store.chunks.list(outputChunks, { prefix: `${id}/${address}/` }),
    ({ bytes }) => bytes,
  );
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
export class RebootingKind implements Kind, Step {
  readonly name = 'act';
  readonly acts = ['reboot'];
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

  steps(): readonly Step[] {
    return [this];
  }

  judge(work: HostWork, intent: Intent): Promise<HostOutcome> {
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

/** Time that passes when a test says so. It begins on Monday, 2 March 2026, at 12:00 UTC. */
export class SteppedClock implements Clock {
  #elapsed = 0;
  #jumped = 0;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  constructor(readonly begin = Date.parse('2026-03-02T12:00:00Z')) {}

  now(): Date {
    return new Date(this.begin + this.#elapsed + this.#jumped);
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { at: this.#elapsed + ms, wake: resolve };
    const onAbort = () => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    if (signal?.aborted) onAbort();
    else {
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
    }
    return promise;
  }

  /** Sets the calendar, while no time passes. */
  jump(seconds: number): void {
    this.#jumped += seconds * 1000;
  }

  /** Resolves once somebody waits for time to pass. */
  asleep(): Promise<void> {
    return until(() => this.#sleepers.size > 0);
  }

  /** Once somebody waits, lets this much time pass and wakes those whose time has come. */
  async pass(seconds: number): Promise<void> {
    await this.asleep();
    this.#elapsed += seconds * 1000;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at > this.#elapsed) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/**
 * A kind that ends each host as a script says, one letter for each attempt, the last one for all that follow: `s`ucceeded,
 * `f`ailed, `u`nreachable, s`k`ipped, or `h`eld, which intends something and goes on when it is let go of.
 */
export class ScriptedKind implements Kind, Step {
  readonly name = 'act';
  readonly acts = ['hold'];
  readonly parameters = t.Object({}, { additionalProperties: true });
  /** In the order in which they were begun with, retries included. */
  readonly taken: string[] = [];
  readonly cutOff: string[] = [];
  readonly tidied: string[] = [];
  mostAtOnce = 0;
  #atWork = 0;
  readonly #attempts = new Map<string, number>();
  readonly #held = new Map<string, Gate>();
  readonly #scripts: Readonly<Record<string, string>>;

  constructor(scripts: Readonly<Record<string, string>>) {
    this.#scripts = scripts;
  }

  steps(): readonly Step[] {
    return [this];
  }

  /** Lets go of a host that is held or will be. */
  release(address: string): void {
    this.#gateOf(address).open();
  }

  async run(work: HostWork): Promise<HostOutcome> {
    const { address } = work;
    this.taken.push(address);
    const attempt = this.#attempts.get(address) ?? 0;
    this.#attempts.set(address, attempt + 1);
    const script = this.#scripts[address] ?? 's';
    this.#atWork += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atWork);
    try {
      await work.phase('acting');
      return await this.#act(work, script.charAt(Math.min(attempt, script.length - 1)));
    } finally {
      this.#atWork -= 1;
    }
  }

  judge(work: HostWork): Promise<HostOutcome> {
    return this.#held.has(work.address) ? this.#hold(work) : this.run(work);
  }

  async end({ address, signal }: HostWork): Promise<void> {
    signal.throwIfAborted();
    this.cutOff.push(address);
  }

  async afterwards({ address, signal }: HostWork): Promise<void> {
    signal.throwIfAborted();
    this.tidied.push(address);
  }

  async #act(work: HostWork, letter: string): Promise<HostOutcome> {
    if (letter === 'f') return failed();
    if (letter === 'u') return unreachable();
    if (letter === 'k') return skipped('not here');
    if (letter !== 'h') return succeeded(0);
    await work.intend({ act: 'hold' });
    return this.#hold(work);
  }

  async #hold({ address, signal }: HostWork): Promise<HostOutcome> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
    await Promise.race([this.#gateOf(address).passed, aborted.promise]);
    return succeeded(0);
  }

  /** Whether the attempt that is under way ends when the host is released. */
  holds(address: string): boolean {
    const script = this.#scripts[address] ?? 's';
    const attempt = (this.#attempts.get(address) ?? 1) - 1;
    return script.charAt(Math.min(attempt, script.length - 1)) === 'h';
  }

  #gateOf(address: string): Gate {
    const gate = this.#held.get(address) ?? new Gate();
    this.#held.set(address, gate);
    return gate;
  }
}

const stateLetters: Readonly<Record<string, string>> = { skipped: 'k' };

/** One operation of a scripted kind on a store and with a clock of its own. */
export class Trial implements AsyncDisposable {
  readonly store = temporaryStore();
  readonly clock: SteppedClock;
  readonly kind: ScriptedKind;
  readonly hosts: string[];
  engine: Engine;
  operations: Operations;
  views: OperationViews;
  id = '';

  readonly #options: Partial<EngineOptions>;

  /** @param scripts one for each host, separated by blanks */
  constructor(scripts: string, clock = new SteppedClock(), options: Partial<EngineOptions> = {}) {
    const each = scripts.split(' ').filter((script) => script !== '');
    this.hosts = hostsNamed(each.length);
    this.clock = clock;
    this.#options = options;
    this.kind = new ScriptedKind(Object.fromEntries(each.map((script, index) => [this.hosts[index] ?? '', script])));
    this.engine = engineOn(this.store, [this.kind], { clock, ...options });
    this.operations = new Operations(this.store, this.engine, clock);
    this.views = new OperationViews(this.store, this.engine);
  }

  async start(strategy: Partial<Strategy>, change: Partial<StartRequest> = {}): Promise<this> {
    const asked = request({ strategy, ...change });
    this.id = (await this.engine.start(asked, async () => this.hosts)).operation.id;
    return this;
  }

  /** The server stops, and another one takes its place. */
  async restart(): Promise<void> {
    await this.engine.stop();
    this.engine = engineOn(this.store, [this.kind], { clock: this.clock, ...this.#options });
    this.operations = new Operations(this.store, this.engine, this.clock);
    this.views = new OperationViews(this.store, this.engine);
    await this.engine.resume();
  }

  /** One letter for each host: `p`ending, `r`unning, `s`ucceeded, `f`ailed, `u`nreachable, s`k`ipped, `c`ancelled. */
  async states(): Promise<string> {
    const { hosts } = await readState(this.store, this.id);
    return Array.from(hosts.values(), ({ state }) => stateLetters[state] ?? state.charAt(0)).join('');
  }

  /** Resolves once the hosts are in these states, and all that are running and held are known to be acted upon. */
  async reached(states: string): Promise<void> {
    await until(async () => {
      if ((await this.states()) !== states) return false;
      const { hosts } = await readState(this.store, this.id);
      const held = [...hosts.values()].filter(({ address, state }) => state === 'running' && this.kind.holds(address));
      return held.every(({ intent }) => intent !== null);
    });
  }

  /** Resolves once the operation is paused, or waits for this and has gone to sleep over it. */
  async stands(for_: 'paused' | 'window' | 'lock' | 'promotion' | 'pause_between'): Promise<void> {
    await until(async () => {
      const { status, waiting_for } = await this.views.get(this.id);
      return for_ === 'paused' ? status === 'paused' : status === 'waiting' && waiting_for?.what === for_;
    });
    await this.clock.asleep();
  }

  /** The batches as they were opened: `1 2|3`. */
  async batches(): Promise<string> {
    const entries = await journalOf(this.store, this.id);
    const opened = entries.flatMap((entry) => (entry.type === 'batch_opened' ? [this.#numbers(entry.hosts)] : []));
    return opened.join('|');
  }

  get taken(): string {
    return this.#numbers(this.kind.taken);
  }

  #numbers(addresses: readonly string[]): string {
    return addresses.map((address) => this.hosts.indexOf(address) + 1).join(' ');
  }

  /** Resolves when the operation has ended, and holds it to having left nothing behind. */
  async end(): Promise<{ status: string; states: string; taken: string; reason: string }> {
    await this.engine.released(this.id);
    await expectNothingLeft(this.store);
    const { status, reason } = await this.views.get(this.id);
    return { status, states: await this.states(), taken: this.taken, reason };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
    await this.store[Symbol.asyncDispose]();
  }
}

/** Every operation has ended, and no lock and no mark of a running one is left. */
export async function expectNothingLeft(store: Store): Promise<void> {
  const operations = await Array.fromAsync(store.list(operationRecords), ({ key }) => readOperation(store, key));
  expect(operations.filter(({ finished_at }) => finished_at === '')).toEqual([]);
  expect(await Array.fromAsync(store.list(lockRecords), ({ key }) => key)).toEqual([]);
  expect(await Array.fromAsync(store.list(runningRecords), ({ key }) => key)).toEqual([]);
  expect(await Array.fromAsync(store.list(preparingRecords), ({ key }) => key)).toEqual([]);
}
