import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import type { Lease, SessionPool } from '../../src/ssh/pool.ts';
import type { Session, Target } from '../../src/ssh/session.ts';
import {
  bannerOnlyPeer,
  closingPeer,
  proxyTo,
  type SshPeerOptions,
  silentPeer,
  sshPeer,
  tcpPeer,
} from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { fleetTarget, generous, patient, peerTarget, wire } from '../support/ssh.ts';
import { until } from '../support/until.ts';

async function withLease<T>(pool: SessionPool, target: Target, work: (session: Session) => Promise<T>): Promise<T> {
  using lease = await pool.lend(target);
  return await work(lease.session);
}

const run = (pool: SessionPool, target: Target, command = 'true') =>
  withLease(pool, target, (session) => session.exec(command, patient));

/** Counts the listeners that come and go from now on. */
const counted = (signal: AbortSignal) => ({
  added: vi.spyOn(signal, 'addEventListener'),
  removed: vi.spyOn(signal, 'removeEventListener'),
});

/** A peer whose logins wait until they are let in. */
async function gatedPeer(options: SshPeerOptions = {}) {
  const gate = Promise.withResolvers<void>();
  const peer = await sshPeer({ ...options, authenticate: (context) => void gate.promise.then(() => context.accept()) });
  return { peer, letIn: gate.resolve };
}

test('one login after the other uses the same connection', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool();
  const target = peerTarget(peer);
  for (let n = 0; n < 20; n += 1) await run(pool, target);
  expect(peer.accepted).toBe(1);
  expect(peer.commands).toHaveLength(20);
});

test('what is to go on while there is a connection begins with the first and ends with the last', async () => {
  await using link = wire();
  await using one = await sshPeer();
  await using other = await sshPeer();
  const said: string[] = [];
  const whileConnected = () => {
    said.push('begun');
    return { [Symbol.dispose]: () => void said.push('ended') };
  };
  const pool = link.pool({ whileConnected });
  await run(pool, peerTarget(one));
  await run(pool, peerTarget(other));
  pool.drop(peerTarget(one).address);
  expect(said).toEqual(['begun']);
  pool.drop(peerTarget(other).address);
  expect(said).toEqual(['begun', 'ended']);
  await run(pool, peerTarget(one));
  expect(said).toEqual(['begun', 'ended', 'begun']);
  pool.close();
  expect(said).toEqual(['begun', 'ended', 'begun', 'ended']);
});

test('many at once share one connection, and one that ends leaves it to the others', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool({ idleMs: 0 });
  const target = peerTarget(peer);
  const leases = await Promise.all(Array.from({ length: 10 }, () => pool.lend(target)));
  const [first, ...others] = leases;
  first?.[Symbol.dispose]();
  first?.[Symbol.dispose]();
  await Promise.all(others.map(({ session }) => session.exec('true', patient)));
  expect(peer.accepted).toBe(1);
  for (const lease of others) lease[Symbol.dispose]();
  await until(() => peer.open === 0);
});

test('another user or key is another connection', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool();
  const target = peerTarget(peer);
  await run(pool, target);
  await run(pool, { ...target, user: 'operator' });
  await run(pool, peerTarget(peer));
  expect(peer.accepted).toBe(3);
});

test('an unused session is closed after a while, and the next one is a new connection', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool({ idleMs: 50 });
  const target = peerTarget(peer);
  await run(pool, target);
  await until(() => peer.open === 0);
  await run(pool, target);
  expect(peer.accepted).toBe(2);
});

test('a session in use is not closed for being idle', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool({ idleMs: 20 });
  const target = peerTarget(peer);
  await run(pool, target);
  using lease = await pool.lend(target);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await lease.session.exec('true', patient)).exitCode).toBe(0);
});

test('after a drop the next session is a new connection', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool();
  const target = peerTarget(peer);
  using old = await pool.lend(target);
  pool.drop(target.address);
  expect(old.session.closed.aborted).toBe(true);
  using fresh = await pool.lend(target);
  expect(fresh.session).not.toBe(old.session);
  await fresh.session.exec('true', patient);
  await until(() => peer.open === 1);
});

describe('a session whose machine must show another host key by now', () => {
  const fingerprint = `SHA256:${'A'.repeat(43)}`;

  test('is lent no more, and left to those who have it', async () => {
    await using link = wire();
    await using peer = await sshPeer();
    const pool = link.pool();
    const target = peerTarget(peer);
    using old = await pool.lend(target);
    await link.hostKeys.accept(target.address, fingerprint);
    await expect(pool.lend(target)).rejects.toMatchObject({ code: 'host_key_changed' });
    expect((await old.session.exec('true', patient)).exitCode).toBe(0);
    old[Symbol.dispose]();
    await until(() => peer.open === 0);
    expect(peer.commands).toHaveLength(1);
  });

  test('of one that was forgotten, too: it is seen for the first time again', async () => {
    await using link = wire();
    await using peer = await sshPeer();
    const pool = link.pool();
    const target = peerTarget(peer);
    await run(pool, target);
    await link.store.transact(async (tx) => link.hostKeys.forget(tx, target.address));
    using fresh = await pool.lend(target);
    expect(peer.accepted).toBe(2);
    await until(() => peer.open === 1);
    expect(await link.hostKeys.pinned(target.address)).toMatchObject({ fingerprint: fresh.session.hostKey });
  });

  test('of the same one that was accepted once more it goes on', async () => {
    await using link = wire();
    await using peer = await sshPeer();
    const pool = link.pool();
    const target = peerTarget(peer);
    const shown = await withLease(pool, target, async ({ hostKey }) => hostKey);
    await link.hostKeys.accept(target.address, shown);
    await run(pool, target);
    expect(peer.accepted).toBe(1);
  });
});

test('a drop leaves a session that is being opened to those who wait for it, and to nobody else', async () => {
  await using link = wire();
  const { peer: gated, letIn } = await gatedPeer();
  await using peer = gated;
  const pool = link.pool();
  const target = peerTarget(peer);
  const waiting = pool.lend(target);
  await until(() => peer.logins === 1);
  pool.drop(target.address);
  const next = pool.lend(target);
  letIn();
  const [one, other] = await Promise.all([waiting, next]);
  expect(one.session).not.toBe(other.session);
  await one.session.exec('true', patient);
  one[Symbol.dispose]();
  await until(() => peer.open === 1);
  await other.session.exec('true', patient);
  other[Symbol.dispose]();
});

test('a connection that the machine ends is not lent again', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  await using proxy = await proxyTo(peer);
  const pool = link.pool();
  const target = peerTarget(proxy);
  using old = await pool.lend(target);
  proxy.cut();
  await until(() => old.session.closed.aborted);
  expect((await run(pool, target)).exitCode).toBe(0);
  expect(proxy.accepted).toBe(2);
});

test('one that stops waiting does not stop the others', async () => {
  await using link = wire();
  const { peer: gated, letIn } = await gatedPeer();
  await using peer = gated;
  const pool = link.pool();
  const target = peerTarget(peer);
  const abort = new AbortController();
  const stopped = pool.lend(target, abort.signal);
  const refused = expect(stopped).rejects.toThrow('enough');
  const patientOne = pool.lend(target);
  await until(() => peer.logins === 1);
  abort.abort(new Error('enough'));
  await refused;
  letIn();
  using lease = await patientOne;
  expect((await lease.session.exec('true', patient)).exitCode).toBe(0);
  expect(peer.accepted).toBe(1);
});

test('when nobody waits any more the attempt is given up', async () => {
  await using link = wire();
  await using peer = await bannerOnlyPeer();
  const pool = link.pool();
  const abort = new AbortController();
  const lends = [1, 2].map(() => pool.lend(peerTarget(peer), abort.signal));
  const refused = Promise.all(lends.map((lend) => expect(lend).rejects.toThrow('enough')));
  await until(() => peer.open > 0);
  abort.abort(new Error('enough'));
  await refused;
  await until(() => peer.open === 0);
});

test('a failure reaches everybody who waits, and the next one tries anew', async () => {
  await using link = wire();
  let refuse = true;
  await using peer = await sshPeer({ authenticate: (context) => (refuse ? context.reject() : context.accept()) });
  const pool = link.pool();
  const target = peerTarget(peer);
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => pool.lend(target)));
  expect(outcomes).toEqual(
    Array(5).fill({ status: 'rejected', reason: expect.objectContaining({ code: 'login_refused' }) }),
  );
  expect(peer.accepted).toBe(1);
  refuse = false;
  expect((await run(pool, target)).exitCode).toBe(0);
});

test('a machine that is busy is tried again until it has time', async () => {
  await using link = wire();
  await using real = await sshPeer();
  let refusals = 3;
  await using peer = await tcpPeer((socket) => {
    if (refusals === 0) return void socket.pipe(connect(real.port, real.address)).pipe(socket);
    refusals -= 1;
    socket.end();
  });
  expect((await run(link.pool({ busyMs: 20_000 }), peerTarget(peer))).exitCode).toBe(0);
  expect(peer.accepted).toBe(4);
});

test('a machine that stays busy is given up in the end', async () => {
  await using link = wire();
  await using busy = await closingPeer();
  await expect(link.pool({ busyMs: 300 }).lend(peerTarget(busy))).rejects.toMatchObject({ code: 'host_busy' });
  expect(busy.accepted).toBeGreaterThan(1);
});

test('40 hosts behind an sshd that lets two in at a time all get their turn', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(40, { sshd: ['MaxStartups 2:100:3'] });
  const pool = link.pool({ busyMs: 30_000 });
  const results = await Promise.all(fleet.hosts.map((_, index) => run(pool, fleetTarget(fleet, index), 'echo here')));
  expect(results.map(({ stdout }) => stdout)).toEqual(Array(40).fill('here\n'));
});

test('200 machines at once are all reached through 20 places for handshakes', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(200);
  const pool = link.pool({ handshakes: 20 });
  const results = await Promise.all(fleet.hosts.map((_, index) => run(pool, fleetTarget(fleet, index), 'echo $$')));
  expect(results.every(({ exitCode }) => exitCode === 0)).toBe(true);
});

test('no more than eight handshakes go to one sshd at once', async () => {
  await using link = wire();
  const { peer: gated, letIn } = await gatedPeer();
  await using peer = gated;
  const pool = link.pool();
  const users = Array.from({ length: 20 }, (_, index) => ({ ...peerTarget(peer), user: `user${index}` }));
  const results = Promise.all(users.map((target) => run(pool, target)));
  await until(() => peer.logins === 8);
  expect(peer.accepted).toBe(8);
  letIn();
  expect(await results).toHaveLength(20);
  expect(peer.accepted).toBe(20);
});

test('what listens to a long-lived signal, or to the session, listens no longer than it waits', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  const pool = link.pool();
  const { signal } = new AbortController();
  const counts = [counted(signal)];
  for (let n = 0; n < 10; n += 1) {
    using lease = await pool.lend(peerTarget(peer, `user${n}`), signal);
    counts.push(counted(lease.session.closed));
    await lease.session.exec('true', { ...patient, signal, privileged: true });
  }
  for (const { added, removed } of counts) {
    expect(added.mock.calls.length).toBeGreaterThan(0);
    expect(removed.mock.calls.length).toBe(added.mock.calls.length);
  }
});

test('a frozen machine costs its place for a bounded time', async () => {
  await using link = wire();
  await using frozen = await silentPeer();
  await using peer = await sshPeer();
  const pool = link.pool({ handshakes: 1, sessions: 1, deadlines: { ...generous, banner: 150 } });
  const stuck = expect(pool.lend(peerTarget(frozen))).rejects.toMatchObject({ code: 'unreachable' });
  expect((await run(pool, peerTarget(peer))).exitCode).toBe(0);
  await stuck;
});

test('at the limit the session that was idle longest makes room', async () => {
  await using link = wire();
  await using one = await sshPeer();
  await using two = await sshPeer();
  await using three = await sshPeer();
  const pool = link.pool({ sessions: 2 });
  const targets = { one: peerTarget(one), two: peerTarget(two), three: peerTarget(three) };
  await run(pool, targets.one);
  await run(pool, targets.two);
  await run(pool, targets.one);
  await run(pool, targets.three);
  await until(() => two.open === 0);
  expect([one.open, three.open]).toEqual([1, 1]);
});

test('more sessions than are kept may be in use, and those that are done with are closed until it is no more', async () => {
  await using link = wire();
  await using peers = await sshPeer();
  const proxies = await Promise.all(Array.from({ length: 4 }, () => proxyTo(peers)));
  const pool = link.pool({ sessions: 8, kept: 2 });
  const targets = proxies.map((proxy) => peerTarget(proxy));
  const leases = await Promise.all(targets.map((target) => pool.lend(target)));
  expect(peers.open).toBe(4);
  for (const lease of leases) lease[Symbol.dispose]();
  await until(() => peers.open === 2);
  for (const target of targets.slice(2)) expect((await run(pool, target)).exitCode).toBe(0);
  expect([peers.open, peers.accepted]).toEqual([2, 4]);
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]();
});

test('with all sessions in use the next one waits, and comes as soon as one is given back', async () => {
  await using link = wire();
  await using one = await sshPeer();
  await using two = await sshPeer();
  const pool = link.pool({ sessions: 1 });
  const lease = await pool.lend(peerTarget(one));
  const waiting: Promise<Lease> = pool.lend(peerTarget(two));
  expect(two.accepted).toBe(0);
  lease[Symbol.dispose]();
  using next = await waiting;
  expect((await next.session.exec('true', patient)).exitCode).toBe(0);
  await until(() => one.open === 0);
});

test('one that gives up waiting for a place does not take it away from the others', async () => {
  await using link = wire();
  await using peers = await sshPeer();
  await using one = await proxyTo(peers);
  await using two = await proxyTo(peers);
  await using three = await proxyTo(peers);
  const pool = link.pool({ sessions: 1 });
  const lease = await pool.lend(peerTarget(one));
  const abort = new AbortController();
  const leaving = expect(pool.lend(peerTarget(two), abort.signal)).rejects.toThrow('enough');
  const staying = pool.lend(peerTarget(three));
  abort.abort(new Error('enough'));
  await leaving;
  lease[Symbol.dispose]();
  using next = await staying;
  expect((await next.session.exec('true', patient)).exitCode).toBe(0);
  expect(two.accepted).toBe(0);
});

test('closing ends everything: what is open, what is being opened, and what waits', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  await using opening = await bannerOnlyPeer();
  await using unused = await sshPeer();
  const pool = link.pool({ sessions: 2 });
  const lease = await pool.lend(peerTarget(peer));
  const ended = [peerTarget(opening), peerTarget(unused)].map((target) =>
    expect(pool.lend(target)).rejects.toMatchObject({ code: 'shutting_down' }),
  );
  await until(() => opening.open === 1);
  pool.close();
  await Promise.all(ended);
  await expect(pool.lend(peerTarget(peer))).rejects.toMatchObject({ code: 'shutting_down' });
  expect(lease.session.closed.aborted).toBe(true);
  lease[Symbol.dispose]();
  await until(() => peer.open + opening.open + unused.open === 0);
});

test('a process that has closed its pool ends by itself', async () => {
  await using fleet = await withSshdFleet(2);
  await using silent = await silentPeer();
  const targets = [fleetTarget(fleet, 0), fleetTarget(fleet, 1)];
  const program = `
    import { wire, patient } from './test/support/ssh.ts';
    const link = wire();
    const pool = link.pool();
    const targets = ${JSON.stringify(targets)};
    for (const target of targets) { using lease = await pool.lend(target); await lease.session.exec('true', patient); }
    const cut = pool.lend(${JSON.stringify(peerTarget(silent))}).catch(() => undefined);
    setTimeout(async () => { pool.close(); await cut; await link[Symbol.asyncDispose](); console.log('closed'); }, 200);
  `;
  const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'pipe', timeout: 15_000 });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'closed\n', stderr: '', exitCode: 0 });
});
