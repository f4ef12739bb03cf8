import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionPool } from '../../src/ssh/pool.ts';
import type { Target } from '../../src/ssh/session.ts';
import { proxyTo, silentPeer, sshPeer } from '../support/faulty-peer.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { failureOf, fleetTarget, generous, patient, peerTarget, wire } from '../support/ssh.ts';
import { until } from '../support/until.ts';

/** More than the fleet's MaxSessions. */
const behind = 110;

let fleet: Fleet & AsyncDisposable;
beforeAll(async () => {
  fleet = await withSshdFleet(behind + 2);
});
afterAll(() => fleet[Symbol.asyncDispose]());

const host = (index: number, ...jump: Target[]): Target => ({ ...fleetTarget(fleet, index), jump });

async function run(pool: SessionPool, target: Target, command = 'true'): Promise<string> {
  using lease = await pool.lend(target);
  const { exitCode, stdout } = await lease.session.exec(command, patient);
  expect(exitCode).toBe(0);
  return stdout;
}

/** A host of the fleet behind a proxy that counts and cuts its connections, to jump from. */
async function cuttableJumpHost(index = 0) {
  const target = fleetTarget(fleet, index);
  const proxy = await proxyTo(target);
  return { proxy, jump: { ...target, address: proxy.address, port: proxy.port } };
}

/** A key that is not the one of the fleet. */
const otherKey = `SHA256:${'A'.repeat(43)}`;

test('a host is reached through another one, and its host key is pinned like any other', async () => {
  await using link = wire();
  const { proxy, jump } = await cuttableJumpHost();
  await using _proxy = proxy;
  const target = host(1, jump);
  expect(await run(link.pool(), target, 'echo here')).toBe('here\n');
  expect(proxy.accepted).toBe(1);
  const pinned = await Promise.all([jump.address, target.address].map((address) => link.hostKeys.pinned(address)));
  expect(pinned).toMatchObject([{ source: 'first_contact' }, { source: 'first_contact' }]);
});

test('a chain is gone through in its order', async () => {
  await using link = wire();
  const first = await cuttableJumpHost(0);
  await using _first = first.proxy;
  const second = await cuttableJumpHost(1);
  await using _second = second.proxy;
  const pool = link.pool();
  await run(pool, host(2, first.jump, second.jump));
  expect([first.proxy.accepted, second.proxy.accepted]).toEqual([1, 1]);
  // The whole chain is what tells one way from another.
  await run(pool, host(2, second.jump));
  expect([first.proxy.accepted, second.proxy.accepted]).toEqual([1, 2]);
});

test('110 hosts behind one share its connection, which MaxSessions does not limit', async () => {
  await using link = wire();
  const { proxy, jump } = await cuttableJumpHost();
  await using _proxy = proxy;
  const pool = link.pool();
  const targets = Array.from({ length: behind }, (_, index) => host(index + 1, jump));
  const leases = await Promise.all(targets.map((target) => pool.lend(target)));
  const results = await Promise.all(leases.map(({ session }) => session.exec('echo here', patient)));
  expect(results.map(({ stdout }) => stdout)).toEqual(Array(behind).fill('here\n'));
  for (const lease of leases) lease[Symbol.dispose]();
  await Promise.all(targets.map((target) => run(pool, target)));
  expect(proxy.accepted).toBe(1);
});

test('the connection to the jump host is kept while something goes through it, and then as long as any other', async () => {
  await using link = wire();
  const { proxy, jump } = await cuttableJumpHost();
  await using _proxy = proxy;
  const pool = link.pool({ idleMs: 50 });
  const lease = await pool.lend(host(1, jump));
  await run(pool, jump);
  await run(pool, host(2, jump));
  expect(proxy.open).toBe(1);
  expect((await lease.session.exec('true', patient)).exitCode).toBe(0);
  lease[Symbol.dispose]();
  await until(() => proxy.open === 0);
});

test('a lost connection to the jump host ends what is behind it, with its name, and the next one is new', async () => {
  await using link = wire();
  const first = await cuttableJumpHost();
  await using _first = first.proxy;
  const second = fleetTarget(fleet, 1);
  const pool = link.pool();
  const targets = [host(2, first.jump), host(3, first.jump, second)];
  const leases = await Promise.all(targets.map((target) => pool.lend(target)));
  const running = leases.map(({ session }) => failureOf(session.exec('sleep 60', patient)));
  first.proxy.cut();
  for (const failure of running) {
    expect(await failure).toMatchObject({
      code: 'connection_lost',
      message: expect.stringContaining(`the connection to ${first.jump.address} was lost`),
    });
  }
  await until(() => leases.every(({ session }) => session.closed.aborted));
  for (const lease of leases) lease[Symbol.dispose]();
  for (const target of targets) await run(pool, target);
});

test('a jump host that hangs, cannot be reached or refuses the login is what the error is about', async () => {
  await using link = wire();
  await using silent = await silentPeer();
  const gone = await silentPeer();
  await gone[Symbol.asyncDispose]();
  await using strict = await sshPeer({ authenticate: (context) => context.reject() });
  const pool = link.pool({ deadlines: { ...generous, banner: 150 } });
  for (const [peer, code] of [
    [silent, 'unreachable'],
    [gone, 'unreachable'],
    [strict, 'login_refused'],
  ] as const) {
    const target = host(1, peerTarget(peer));
    const message = new RegExp(`^cannot reach ${target.address} through its jump host: .*${peer.address}`);
    expect(await failureOf(pool.lend(target))).toMatchObject({
      code,
      message: expect.stringMatching(message),
      details: { jump_host: peer.address },
    });
  }
});

test('nothing is sent through a jump host that shows another host key', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const { proxy, jump } = await cuttableJumpHost();
  await using _proxy = proxy;
  await link.hostKeys.accept(jump.address, otherKey);
  expect(await failureOf(link.pool().lend({ ...peerTarget(peer), jump: [jump] }))).toMatchObject({
    code: 'host_key_changed',
    message: expect.stringContaining(`${jump.address} shows the host key`),
    details: { jump_host: jump.address, pinned: otherKey },
  });
  expect(peer.accepted).toBe(0);
});

test('no command is sent to a host that shows another key behind its jump host', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  await link.hostKeys.accept(peer.address, otherKey);
  const target = { ...peerTarget(peer), jump: [fleetTarget(fleet)] };
  expect(await failureOf(link.pool().lend(target))).toMatchObject({ code: 'host_key_changed' });
  expect([peer.accepted > 0, peer.logins]).toEqual([true, 0]);
});

test('a host that the jump host cannot connect to names both', async () => {
  await using link = wire();
  const gone = await silentPeer();
  await gone[Symbol.asyncDispose]();
  const jump = fleetTarget(fleet);
  expect(await failureOf(link.pool().lend({ ...peerTarget(gone), jump: [jump] }))).toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(
      new RegExp(`${gone.address}:${gone.port} through ${jump.address}.*onnection refused`),
    ),
    details: { phase: 'tcp', jump_host: jump.address },
  });
});

test('a jump host that forwards nothing is told from one that cannot', async () => {
  await using link = wire();
  await using strict = await sshPeer();
  expect(await failureOf(link.pool().lend(host(1, peerTarget(strict))))).toMatchObject({
    code: 'unreachable',
    hint: expect.stringContaining('AllowTcpForwarding'),
  });
});

test('a host that hangs behind a jump host is given up, and its channel with it', async () => {
  await using link = wire();
  await using silent = await silentPeer();
  const pool = link.pool({ deadlines: { ...generous, banner: 150 } });
  expect(await failureOf(pool.lend({ ...peerTarget(silent), jump: [fleetTarget(fleet)] }))).toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('did not finish banner'),
  });
  await until(() => silent.open === 0);
});

test('with a single place for sessions a host behind two jump hosts is still reached', async () => {
  await using link = wire();
  const pool = link.pool({ sessions: 1, handshakes: 1 });
  const [first, second] = [fleetTarget(fleet, 0), fleetTarget(fleet, 1)];
  await run(pool, first);
  await run(pool, host(2, first, second));
  await run(pool, host(3, first, second));
  await run(pool, first);
});
