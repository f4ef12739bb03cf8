import { expect, test } from 'vitest';
import type { Target } from '../../src/ssh/session.ts';
import { bannerOnlyPeer, deafen, drippingPeer, resettingPeer, silentPeer, sshPeer } from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { fleetTarget, generous, patient, peerTarget, wire } from '../support/ssh.ts';

const healthy = 193;

test('193 hosts are done while seven that hang, flood or lie are still in their deadlines', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(healthy + 1);
  await using unroutable = await withSshdFleet(1);
  using _deaf = deafen(unroutable);
  await using silent = await silentPeer();
  await using dripping = await drippingPeer(50);
  await using resetting = await resettingPeer();
  await using stuck = await bannerOnlyPeer();
  await using frozen = await sshPeer({ exec: () => undefined });
  await using liar = await sshPeer();
  await link.hostKeys.accept(liar.address, `SHA256:${'A'.repeat(43)}`);
  const pool = link.pool({ handshakes: 16, deadlines: { ...generous, tcp: 60_000, banner: 60_000 } });
  const calledOff = new AbortController();
  const run = async (target: Target, command: string) => {
    using lease = await pool.lend(target, calledOff.signal);
    return lease.session.exec(command, { ...patient, signal: calledOff.signal });
  };

  const unsettled = new Set<string>();
  const bad = (name: string, target: Target, command = 'true') => {
    unsettled.add(name);
    return run(target, command).then(
      () => 'done',
      (error: { code?: string }) => {
        unsettled.delete(name);
        return error.code;
      },
    );
  };
  // They come first, so that all the others have to get past them.
  const outcomes = Promise.all([
    bad('unroutable', fleetTarget(unroutable)),
    bad('silent', peerTarget(silent)),
    bad('dripping', peerTarget(dripping)),
    bad('stuck', peerTarget(stuck)),
    bad('resetting', peerTarget(resetting)),
    bad('frozen', peerTarget(frozen)),
    bad('liar', peerTarget(liar)),
    bad('flooding', fleetTarget(fleet, healthy), 'head -c 10G /dev/zero'),
  ]);
  const results = await Promise.all(
    Array.from({ length: healthy }, (_, index) => run(fleetTarget(fleet, index), 'echo here')),
  );
  expect(results.map(({ stdout }) => stdout)).toEqual(Array(healthy).fill('here\n'));
  expect([...unsettled]).toEqual(expect.arrayContaining(['unroutable', 'silent', 'dripping', 'frozen']));
  expect(pool.window()).toMatchObject({ waiting: 0 });
  calledOff.abort();
  const [, , , , reset, , lie] = await outcomes;
  expect([reset, lie]).toEqual(['unreachable', 'host_key_changed']);
});

test('hung machines that take every place lend them to those that answer', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(20);
  await using silent = await silentPeer();
  await using stuck = await bannerOnlyPeer();
  const pool = link.pool({ handshakes: 4, deadlines: { ...generous, banner: 60_000, 'key exchange': 60_000 } });
  const calledOff = new AbortController();
  const hung = [silent, stuck, silent, stuck].map((peer, index) =>
    expect(pool.lend(peerTarget(peer, `user${index}`), calledOff.signal)).rejects.toThrow(),
  );
  const results = await Promise.all(
    fleet.hosts.map(async (_, index) => {
      using lease = await pool.lend(fleetTarget(fleet, index));
      return lease.session.exec('echo here', patient);
    }),
  );
  expect(results.every(({ stdout }) => stdout === 'here\n')).toBe(true);
  expect(pool.window()).toMatchObject({ underWay: 4, waiting: 0 });
  calledOff.abort();
  await Promise.all(hung);
});
