import { connect } from 'node:net';
import { AppError, describeError } from '../lib/errors.ts';
import { PollPauses } from '../ssh/poll-pauses.ts';
import { shellQuote } from '../ssh/quote.ts';
import { describeGate, type Gate } from './gate.ts';
import type { HttpGate } from './http-gates.ts';
import type { HostWork } from './kind.ts';
import type { Strategy } from './strategy.ts';

/** Knows whether a host, as a node of its cluster's container manager, is ready for work. */
export interface NodeReadiness {
  /** Why the node is not ready, in words; undefined when it is. @throws AppError when that cannot be found out */
  unready(address: string, signal: AbortSignal): Promise<string | undefined>;
}

/** The services that gates ask, beside the machine. */
export interface GateServices {
  nodes: NodeReadiness;
  http: HttpGate;
}

const askMs = 10_000;
/** Also of a gate that holds: sshd 9.8 and later count connections without a login, which a `tcp` gate on its port makes. */
const gatePauses = { first: 500, longest: 2_000 };

/**
 * Waits until every gate has held for `min_healthy_time` without a break.
 *
 * @throws AppError `gate_failed` naming the gate, when that does not happen within `healthy_deadline`
 */
export async function passGates(work: HostWork, strategy: Strategy, services: GateServices): Promise<void> {
  const { gates, min_healthy_time, healthy_deadline } = strategy;
  if (gates.length === 0) return;
  await work.phase('gating');
  const { clock, signal } = work;
  const end = clock.monotonic() + healthy_deadline * 1000;
  const pauses = new PollPauses(gatePauses);
  let healthySince: number | undefined;
  while (true) {
    const begun = clock.monotonic();
    const closed = await firstClosed(work, gates, services);
    const now = clock.monotonic();
    if (closed === undefined) {
      healthySince ??= begun;
      if (now - healthySince >= min_healthy_time * 1000) return;
    } else {
      healthySince = undefined;
    }
    if (now > end) throw notHealthy(work.address, closed?.why, strategy);
    const decidedAt = healthySince === undefined ? end : healthySince + min_healthy_time * 1000;
    await clock.sleep(Math.min(pauses.after(closed?.error), Math.max(1, decidedAt - now)), signal);
  }
}

/** The first gate that does not hold, and why. */
async function firstClosed(
  work: HostWork,
  gates: readonly Gate[],
  services: GateServices,
): Promise<{ why: string; error: unknown } | undefined> {
  for (const gate of gates) {
    try {
      await ask(work, gate, services);
    } catch (error) {
      work.signal.throwIfAborted();
      return { why: `${describeGate(gate)} (${describeError(error)})`, error };
    }
  }
  return undefined;
}

function ask(work: HostWork, gate: Gate, { nodes, http }: GateServices): Promise<void> {
  if ('command' in gate) return onMachine(work, gate.command);
  if ('tcp' in gate) return connects(work.address, gate.tcp, work.signal);
  if ('node_ready' in gate) return takesWork(work, nodes);
  if (gate.from !== 'machine') return http.ask(gate.http, work.address, work.signal);
  const url = gate.http.replaceAll('{address}', work.address.includes(':') ? `[${work.address}]` : work.address);
  const quoted = shellQuote(url);
  // The URL must be one request: without `-g` curl expands brackets and braces to many.
  const curl = `curl -fsS -g --proto '=http,https' -m 8 -o /dev/null ${quoted}`;
  return onMachine(work, `if command -v curl >/dev/null; then ${curl}; else wget -q -T 8 -O /dev/null ${quoted}; fi`);
}

async function onMachine(work: HostWork, command: string): Promise<void> {
  using lease = await work.session();
  const result = await lease.session.exec(command, { deadlineMs: askMs, signal: work.signal, privileged: true });
  if (result.exitCode === 0) return;
  const said = (result.stderr || result.stdout).trim().slice(-200);
  throw new AppError('command_failed', `exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`);
}

async function takesWork({ address, signal }: HostWork, nodes: NodeReadiness): Promise<void> {
  const reason = await nodes.unready(address, signal);
  if (reason !== undefined) throw new AppError('gate_failed', reason);
}

function connects(host: string, port: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port });
  const timer = setTimeout(() => reject(new AppError('timed_out', `no answer within ${askMs / 1000} s`)), askMs);
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.once('connect', () => resolve());
  socket.once('error', reject);
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}

function notHealthy(address: string, closed: string | undefined, { healthy_deadline }: Strategy): AppError {
  const why = closed === undefined ? 'its gates did not hold for min_healthy_time' : `this does not hold: ${closed}`;
  return new AppError('gate_failed', `${address} is not healthy after ${healthy_deadline} s: ${why}`, {
    hint: 'look at the machine; healthy_deadline of the strategy says how long to wait',
  });
}
