import type { Environment } from '../config/environment.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { type ManagerSocket, openManagerSocket } from './service-manager-socket.ts';

/** How often the manager is asked for more time, and for how much. */
const extension = { everyMs: 10_000, byMs: 60_000 };

/**
 * What the server tells the service manager that started it, by the protocol of sd_notify(3). Without a service manager
 * it tells nobody. What cannot be told is logged once, and the server goes on.
 */
export class ServiceManager implements Disposable {
  #socket: ManagerSocket | undefined;
  readonly #logger: Logger;
  readonly #watchdogMs: number | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #isReady = false;

  /** @param openSocket for tests: replaces the C library */
  constructor({ socket, watchdogMs }: ManagedBy, logger: Logger, openSocket = openManagerSocket) {
    this.#logger = logger;
    this.#watchdogMs = watchdogMs;
    if (socket === undefined) return;
    try {
      this.#socket = openSocket(socket);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The server serves. From now on the manager also hears, from the event loop, that the process is not stuck. */
  ready(status: string): void {
    this.#isReady = true;
    this.#tell('READY=1', `STATUS=${status}`);
    if (this.#watchdogMs === undefined || this.#socket === undefined) return;
    this.#watchdog = setInterval(() => this.#tell('WATCHDOG=1'), this.#watchdogMs / 2);
    this.#watchdog.unref();
  }

  /** Does a reload, and tells when it begins and ends; during the start it says nothing, because that goes on. */
  async reloading(reload: () => Promise<void>, statusAfter: string): Promise<void> {
    if (!this.#isReady) return reload();
    const now = this.#socket?.monotonicMicroseconds() ?? 0n;
    this.#tell('RELOADING=1', `MONOTONIC_USEC=${now}`, 'STATUS=reading the configuration again');
    try {
      await reload();
    } finally {
      this.#tell('READY=1', `STATUS=${statusAfter}`);
    }
  }

  /** @param withinMs how long the server may take from now on */
  stopping(status: string, withinMs: number): void {
    this.#isReady = false;
    this.#tell('STOPPING=1', `STATUS=${status}`, `EXTEND_TIMEOUT_USEC=${withinMs * 1000}`);
  }

  /** Asks for more time, again and again, while the event loop turns, until disposed of. For work before `ready`. */
  extendWhile(status: string): Disposable {
    const extend = () => this.#tell(`STATUS=${status}`, `EXTEND_TIMEOUT_USEC=${extension.byMs * 1000}`);
    extend();
    const timer = setInterval(extend, extension.everyMs);
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watchdog);
  }

  #tell(...lines: readonly string[]): void {
    try {
      this.#socket?.send(lines.join('\n'));
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#socket = undefined;
    this.#logger.warn({ reason: describeError(error) }, 'the service manager cannot be told how the server is');
  }
}

/** How the service manager that started this process wants to hear from it. */
export interface ManagedBy {
  readonly socket: string | undefined;
  /** The manager ends a process of which it has not heard for so long. Undefined without a watchdog. */
  readonly watchdogMs: number | undefined;
}

/**
 * Reads the variables of the service manager and removes them: programs that the server starts, such as hooks, must not
 * answer for it.
 */
export function takeManager(
  environment: Environment & Record<string, string | undefined>,
  pid = process.pid,
): ManagedBy {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === '' || Number(WATCHDOG_PID) === pid;
  const watchdogMs = Number(WATCHDOG_USEC) / 1000;
  return { socket: NOTIFY_SOCKET || undefined, watchdogMs: isMeant && watchdogMs >= 1 ? watchdogMs : undefined };
}
