import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Host } from '../../../src/inventory/host.ts';
import type { OperationDetail } from '../../../src/operations/operation.ts';
import { CompiledServer } from '../../support/compiled.ts';
import type { Peer } from '../../support/faulty-peer.ts';
import { withSshdFleet } from '../../support/fleet.ts';
import { peakMemory } from '../../support/memory.ts';
import { makeSshKey } from '../../support/ssh-key.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { LoopProbe } from '../probe/loop-probe.ts';
import { errorsOf, strayLinesOf, verifyAudit } from '../server-state.ts';
import { configureSite } from '../site.ts';
import { afterLogin } from './after-login.ts';
import { beforeLogin } from './before-login.ts';
import { lies } from './lies.ts';

/** Whatever machines say, and however much of it. */
const mostMemory = 400_000_000;
const [longestError, longestFact] = [2_000, 255];
/** Seconds for one machine: more than the phases of a login together. */
const timeout = 20;

/** What an operation says of a machine that does not do as it should. */
const named = ['unreachable', 'connection_lost', 'login_refused', 'command_failed', 'outcome_unknown', 'timed_out'];
/** After these a command can be run all the same. */
const harmless = new Set([
  'a long banner',
  'a channel confirmed twice',
  'a window beyond its end',
  'two ends of a command',
]);

/** Hostile machines, each under the name of what it does. */
async function started(kinds: Readonly<Record<string, () => Promise<Peer>>>, stack: AsyncDisposableStack) {
  const peers = Object.entries(kinds).map(async ([name, start]) => ({ name, peer: stack.use(await start()) }));
  return Promise.all(peers);
}

test('of an operation over hostile machines each ends with a named error, and the others are done', {
  timeout: 180_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const fleet = stack.use(await withSshdFleet(8));
  const hostile = await started({ ...beforeLogin, ...afterLogin }, stack);
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  configureSite(dataDir);
  await using server = await CompiledServer.start({ dataDir });
  const login = { ssh_priv_key: readFileSync(fleet.key).toString('base64'), remote_user: fleet.user, status: 'active' };
  // The hostile ones come first, so that the others have to get past them.
  const all = [...hostile.map(({ peer }) => peer), ...fleet.hosts];
  await Promise.all(
    all.map(({ address, port }) => sent(server, 'PUT', `host/${address}?import=true`, { ...login, port })),
  );

  await using probe = new LoopProbe(server.url);
  const target = `host:${all.map(({ address }) => address).join(',')}`;
  const strategy = { batch: '100%', max_failures: all.length, timeout };
  const { id } = await sent(server, 'POST', 'operations', {
    kind: 'exec',
    parameters: { command: 'echo here' },
    target,
    strategy,
  });
  const ended = await eventually(async () => {
    const operation = await sent(server, 'GET', `operation/${id}`);
    return operation.finished_at === '' ? undefined : operation;
  });

  console.log(`worst pause ${(await probe.worst()).toFixed(0)} ms`);

  const outcomes = new Map(ended.results.map((result) => [result.address, result]));
  for (const { address } of fleet.hosts) expect(outcomes.get(address)?.state).toBe('succeeded');
  for (const { name, peer } of hostile) {
    const { state, error } = outcomes.get(peer.address) ?? {};
    const how = state === 'succeeded' ? 'done' : error?.code;
    // Which of its deadlines a machine reaches first is a matter of how busy this one is.
    expect.soft([name, how]).toEqual([name, expect.toBeOneOf(harmless.has(name) ? ['done', ...named] : named)]);
  }
  for (const { name, peer } of hostile) {
    const { message = '' } = outcomes.get(peer.address)?.error ?? {};
    expectBounded(message, longestError, name);
    // A person is told what the machine does, and not what the program stumbles over.
    expect.soft([name, message]).not.toEqual([name, expect.stringMatching(/evaluating|undefined/)]);
  }
  await expectSound(server, dataDir);
});

test('what a machine says of itself is stored within bounds, and never as a control', {
  timeout: 180_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const liars = await started(lies, stack);
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  configureSite(dataDir);
  await using server = await CompiledServer.start({ dataDir });
  const { privateFile: ssh_priv_key } = makeSshKey();
  await Promise.all(
    liars.map(({ peer: { address, port } }) => sent(server, 'PUT', `host/${address}`, { ssh_priv_key, port })),
  );
  for (const { name, peer } of liars) {
    const host = await eventually(() => judged(server, peer.address));
    const { status, os, error, facts, cpus, memory, space } = host;
    expect.soft([name, ['disassociated', 'failed'].includes(status)]).toEqual([name, true]);
    for (const fact of [os, ...Object.values(facts)]) expectBounded(fact ?? '', longestFact, name);
    expectBounded(error, longestError, name);
    const counts = [cpus, memory, space].map((count) => Number.isSafeInteger(count) && count >= 0);
    expect.soft([name, ...counts]).toEqual([name, true, true, true]);
  }
  const list = await (await server.request('/api/v0/hosts')).text();
  expect(list.length).toBeLessThan(liars.length * 10_000);
  await expectSound(server, dataDir);
});

/** A host whose investigation has come to its end. */
async function judged(server: CompiledServer, address: string): Promise<Host | undefined> {
  const host: Host = JSON.parse(await (await server.request(`/api/v0/host/${address}`)).text());
  return host.status === 'disassociated' || host.status === 'failed' ? host : undefined;
}

/** Characters that a terminal obeys: C0 but for line ends and tabs, DEL, C1, and those that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

function expectBounded(text: string, longest: number, name: string): void {
  expect.soft([name, text.length <= longest, obeyed.exec(text)?.[0]]).toEqual([name, true, undefined]);
}

async function expectSound(server: CompiledServer, dataDir: string): Promise<void> {
  expect(errorsOf(server)).toEqual([]);
  expect(strayLinesOf(server)).toEqual([]);
  const peak = peakMemory(server);
  console.log(`most memory ${Math.round(peak / 1e6)} MB`);
  expect(peak).toBeLessThan(mostMemory);
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  expect(verifyAudit(dataDir)).toContain('whole');
}

async function sent(server: CompiledServer, method: string, path: string, body?: object): Promise<OperationDetail> {
  const response = await server.request(`/api/v0/${path}`, { method, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** What comes of it once it is there. @throws Error when there is nothing within two minutes */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + 120_000;
  while (performance.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await Bun.sleep(50);
  }
  throw new Error('what was waited for did not come within two minutes');
}
