import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { readBootId, requestReboot, waitForNewBoot } from '../../src/machine/reboot.ts';
import { endWith, sshPeer } from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { penalisingPeer } from '../support/penalising-peer.ts';
import { scaledClock } from '../support/scaled-clock.ts';
import { fleetTarget, peerTarget, type Wire, wire } from '../support/ssh.ts';

const never = new AbortController().signal;
const oldBoot = '0d8a4cb4-3e0b-4a73-9d5b-1f2e5b0e7c11';
const newBoot = '7d1f0d8e-52b7-4e0c-8c5a-3c1b7f0e9a22';

/** A machine that tells one boot id after the other, the last one for ever; undefined where it drops the connection. */
async function bootingPeer(...bootIds: Array<string | undefined>) {
  return sshPeer({
    exec: (channel) => {
      const bootId = bootIds.length > 1 ? bootIds.shift() : bootIds[0];
      if (bootId === undefined) return channel.close();
      channel.write(`${bootId}\n`);
      endWith(channel, 0);
    },
  });
}

function waiting(
  link: Wire,
  peer: { address: string; port: number },
  deadlineMs: number,
  clock = systemClock,
): Promise<string> {
  const pool = link.pool({ clock, busyMs: 30_000 });
  const target = peerTarget(peer);
  const connect = async () => {
    pool.drop(target.address);
    return pool.lend(target);
  };
  return waitForNewBoot(target.address, { connect, oldBootId: oldBoot, deadlineMs, signal: never, clock });
}

test('the boot id is that of the kernel', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  const bootId = await readBootId(await link.dial(fleetTarget(fleet)), never);
  expect(bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
});

test('a machine without a boot id says so', async () => {
  await using link = wire();
  await using peer = await bootingPeer('not an id');
  await expect(readBootId(await link.dial(peerTarget(peer)), never)).rejects.toMatchObject({ code: 'command_failed' });
});

test('a request meant for another boot reboots nothing, on a real machine', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  const session = await link.dial(fleetTarget(fleet));
  await requestReboot(session, oldBoot, never);
  // Still here, in the same boot.
  expect(await readBootId(session, never)).not.toBe(oldBoot);
});

test('a machine that refuses to reboot tells why', async () => {
  await using link = wire();
  await using peer = await sshPeer({
    exec: (channel) => {
      channel.stderr.write('Operation inhibited by "dnf"\n');
      endWith(channel, 1);
    },
  });
  await expect(requestReboot(await link.dial(peerTarget(peer)), oldBoot, never)).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('Operation inhibited by "dnf"'),
  });
});

test('a connection that goes away with the request is what a reboot looks like', async () => {
  await using link = wire();
  await using peer = await bootingPeer(undefined);
  await requestReboot(await link.dial(peerTarget(peer)), oldBoot, never);
  expect(peer.commands).toHaveLength(1);
});

test('a machine is back when it answers in another boot, however often it did not before', async () => {
  await using link = wire();
  await using peer = await bootingPeer(oldBoot, undefined, newBoot);
  expect(await waiting(link, peer, 30_000)).toBe(newBoot);
});

test('a machine that stays in the old boot is given up at the deadline, and the reason is named', async () => {
  await using link = wire();
  await using peer = await bootingPeer(oldBoot);
  await expect(waiting(link, peer, 600)).rejects.toMatchObject({
    code: 'timed_out',
    message: expect.stringContaining('it still answers in the old boot'),
  });
});

test('a machine that comes back with another host key is not waited for', async () => {
  await using link = wire();
  await using peer = await bootingPeer(oldBoot);
  await link.hostKeys.accept(peer.address, `SHA256:${'A'.repeat(43)}`);
  await expect(waiting(link, peer, 30_000)).rejects.toMatchObject({ code: 'host_key_changed' });
});

describe('a machine that counts refused logins against our address', () => {
  const minutes = 60_000;
  const clock = scaledClock(100);

  test('lets us in when it accepts logins, and was given no reason for a penalty', async () => {
    await using link = wire();
    // pam_nologin(8) refuses logins until the machine has booted.
    await using peer = await penalisingPeer({
      clock,
      opensAt: clock.monotonic() + 2 * minutes,
      answer: `${newBoot}\n`,
    });
    expect(await waiting(link, peer, 10 * minutes, clock)).toBe(newBoot);
    expect(peer.refusedLogins).toBeGreaterThan(0);
    expect(peer.turnedAway).toBe(0);
  });

  test('lets us in after the penalty that somebody else has earned', async () => {
    await using link = wire();
    const penaltyMs = 3 * minutes;
    await using peer = await penalisingPeer({ clock, opensAt: 0, penaltyMs, answer: `${newBoot}\n` });
    expect(await waiting(link, peer, 10 * minutes, clock)).toBe(newBoot);
    expect(peer.turnedAway).toBeGreaterThan(0);
  });
});
