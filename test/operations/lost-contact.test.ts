import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { readState } from '../../src/operations/records.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import type { Target } from '../../src/ssh/session.ts';
import { endWith, proxyTo, type SshPeer, silentPeer, sshPeer } from '../support/faulty-peer.ts';
import { peerTarget, type Wire, wire } from '../support/ssh.ts';
import { engineOn, kindOf, request, runToEnd } from './support.ts';

const command = { deadlineMs: 20_000 };

/** Asks the machine something, says what it is about to do, and does it. */
const kind = kindOf({
  async run(work) {
    using lease = await work.session();
    await lease.session.exec('ask', command);
    await work.intend({ act: 'act' });
    await lease.session.exec('act', command);
    return { state: 'succeeded', exit_code: 0, error: null };
  },
});

/** What became of one host in an operation of that kind. */
async function outcomeAt(link: Wire, target: Target, strategy: Partial<Strategy>, pool = link.pool()) {
  const engine = engineOn(link.store, [kind], { pool, target: async () => target });
  const id = await runToEnd(engine, request({ strategy }), ['h01']);
  return (await readState(link.store, id)).hosts.get('h01');
}

/** A machine that runs every command but the one at which it does something else, once. */
function machineThat(does: () => void, at: string): Promise<SshPeer> {
  let done = false;
  return sshPeer({
    exec(channel, sent) {
      if (done || !sent.includes(at)) return endWith(channel, 0);
      done = true;
      does();
    },
  });
}

const cases: [at: string, retries: number, outcome: object][] = [
  ['ask', 0, { state: 'unreachable', attempts: 1, error: { code: 'connection_lost' } }],
  ['ask', 1, { state: 'succeeded', attempts: 2 }],
  // The machine may have done what it was told.
  ['act', 1, { state: 'failed', attempts: 1, error: { code: 'connection_lost' } }],
];

test.each(cases)('a connection that is lost at "%s" with %i retries', async (at, retries, outcome) => {
  await using link = wire();
  await using machine = await machineThat(() => proxy.cut(), at);
  await using proxy = await proxyTo(machine);
  const target = { ...peerTarget(machine), address: proxy.address, port: proxy.port };
  expect(await outcomeAt(link, target, { retries, retry_backoff: 0 })).toMatchObject(outcome);
});

test.each(cases)('a jump host that is lost at "%s" with %i retries', async (at, retries, outcome) => {
  await using link = wire();
  await using machine = await machineThat(() => proxy.cut(), at);
  await using jump = await forwardingPeer();
  await using proxy = await proxyTo(jump);
  const target = {
    ...peerTarget(machine),
    jump: [{ ...peerTarget(jump), address: proxy.address, port: proxy.port }],
  };
  expect(await outcomeAt(link, target, { retries, retry_backoff: 0 })).toMatchObject(outcome);
});

test('a jump host that refuses the login leaves the host unreachable, and is tried again', async () => {
  await using link = wire();
  await using machine = await sshPeer();
  let logins = 0;
  await using jump = await forwardingPeer((accept, reject) => {
    logins += 1;
    if (logins < 3) reject();
    else accept();
  });
  const target = { ...peerTarget(machine), jump: [peerTarget(jump)] };
  const host = await outcomeAt(link, target, { retries: 0 });
  expect(host).toMatchObject({ state: 'unreachable', error: { code: 'login_refused' } });
  logins = 0;
  const retried = await outcomeAt(link, target, { retries: 5, retry_backoff: 0 });
  expect(retried).toMatchObject({ state: 'succeeded' });
  expect(retried?.attempts).toBeGreaterThan(1);
});

test('a host that refuses the login itself has failed', async () => {
  await using link = wire();
  await using machine = await sshPeer({ authenticate: (context) => context.reject() });
  const host = await outcomeAt(link, peerTarget(machine), { retries: 3, retry_backoff: 0 });
  expect(host).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'login_refused' } });
});

test('a machine that was not reached within the timeout of the strategy is unreachable', async () => {
  await using link = wire();
  await using machine = await silentPeer();
  const host = await outcomeAt(link, peerTarget(machine), { timeout: 0.2 });
  expect(host).toMatchObject({ state: 'unreachable', error: { code: 'timed_out' } });
});

/** A jump host that connects to whatever it is asked for. */
function forwardingPeer(login?: (accept: () => void, reject: () => void) => void): Promise<SshPeer> {
  return sshPeer({
    authenticate(context) {
      if (login === undefined) context.accept();
      else
        login(
          () => context.accept(),
          () => context.reject(),
        );
    },
    connected(connection) {
      connection.on('tcpip', (accept, _reject, { destIP, destPort }) => {
        const channel = accept();
        const socket = connect({ host: destIP, port: destPort });
        socket.on('error', () => channel.destroy());
        channel.on('error', () => socket.destroy()).on('close', () => socket.destroy());
        socket.pipe(channel).pipe(socket);
      });
    },
  });
}
