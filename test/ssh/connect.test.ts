import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import type { ConnectPhase } from '../../src/ssh/deadlines.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { fingerprint, parsePrivateKey } from '../../src/ssh/private-key.ts';
import {
  bannerOnlyPeer,
  closingPeer,
  deafen,
  drippingPeer,
  type Peer,
  proxyTo,
  resettingPeer,
  silentPeer,
  sshPeer,
  tcpPeer,
} from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { fleetTarget, generous, patient, peerTarget, wire } from '../support/ssh.ts';
import { until } from '../support/until.ts';

const short = 150;
const neverAnswers = () => undefined;

const frozen: Array<[name: string, phase: ConnectPhase, peer: () => Promise<Peer>]> = [
  ['says nothing', 'banner', silentPeer],
  ['drips its banner', 'banner', () => drippingPeer(10)],
  ['stops after its banner', 'key exchange', bannerOnlyPeer],
  [
    'stops after a long first packet',
    'key exchange',
    () => tcpPeer((socket) => void socket.resume().write(`SSH-2.0-x\r\n\0\0\x07\xfc${'x'.repeat(1500)}`, 'latin1')),
  ],
  ['never answers the login', 'authentication', () => sshPeer({ authenticate: neverAnswers })],
];

test.each(frozen)('a machine that %s is given up in the phase it hangs in (%s)', async (_name, phase, start) => {
  await using link = wire();
  await using peer = await start();
  await expect(link.dial(peerTarget(peer), { deadlines: { ...generous, [phase]: short } })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining(`did not finish ${phase} within 0.15 s`),
    details: { phase },
  });
  await until(() => peer.open === 0);
});

test('a machine that does not even answer the attempt to connect is given up', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  using _deaf = deafen(fleet);
  await expect(link.dial(fleetTarget(fleet), { deadlines: { ...generous, tcp: short } })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('did not finish tcp within 0.15 s'),
    details: { phase: 'tcp' },
  });
});

test('a machine that opens no channel is given up, and its connection with it', async () => {
  await using link = wire();
  await using peer = await sshPeer({ session: neverAnswers });
  const session = await link.dial(peerTarget(peer), { deadlines: { ...generous, channel: short } });
  await expect(session.exec('true', patient)).rejects.toMatchObject({
    code: 'timed_out',
    message: expect.stringContaining('did not open a channel within 0.15 s'),
    details: { phase: 'channel' },
  });
  expect(session.closed.aborted).toBe(true);
  await until(() => peer.open === 0);
});

test('text before the banner is skipped (RFC 4253, 4.2)', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  await using talkative = await proxyTo(peer, 'Welcome to\r\nthis machine, SSH- fans\r\n');
  const session = await link.dial(peerTarget(talkative));
  expect((await session.exec('true', patient)).exitCode).toBe(0);
});

test.each([
  ['without a word', ''],
  ['as sshd over its MaxStartups', 'Exceeded MaxStartups\r\n'],
  ['as sshd that penalises an address', 'Not allowed at this time\r\n'],
])('a machine that closes before its banner, %s, is busy and not dead', async (_name, words) => {
  await using link = wire();
  await using peer = await closingPeer(words);
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({ code: 'host_busy' });
});

test('a reset before the banner is busy too', async () => {
  await using link = wire();
  await using peer = await tcpPeer((socket) => void socket.resetAndDestroy());
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({ code: 'host_busy' });
});

test('a port where something else listens is named as such', async () => {
  await using link = wire();
  const web = createServer();
  await using peer = await tcpPeer((socket) => void web.emit('connection', socket));
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/does not speak SSH: it said "HTTP\/1.1 400/),
  });
});

test('a reset in the middle of the key exchange says so', async () => {
  await using link = wire();
  await using peer = await resettingPeer();
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('(key exchange)'),
    details: { phase: 'key exchange' },
  });
});

test('a port where nothing listens names what to check', async () => {
  await using link = wire();
  const peer = await silentPeer();
  await peer[Symbol.asyncDispose]();
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'unreachable',
    message: `cannot reach ${peer.address}:${peer.port}: ECONNREFUSED (tcp)`,
    hint: expect.stringContaining('sshd runs'),
  });
});

test('a name that does not resolve names the fix', async () => {
  await using link = wire();
  // RFC 6761: this top-level domain never resolves.
  await expect(link.dial(peerTarget({ address: 'node7.invalid', port: 22 }))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('node7.invalid:22'),
    hint: expect.stringMatching(/DNS.*IP address/),
  });
});

test('an IPv6 machine is reached, and named in brackets', async ({ skip }) => {
  await using link = wire();
  await using peer = await tcpPeer((socket) => void socket.end(), '::1').catch(() => skip('this machine has no IPv6'));
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'host_busy',
    message: expect.stringContaining(`[::1]:${peer.port}`),
  });
});

test('a login that the machine refuses names the user and the key that was offered', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  const { privateKey } = peerTarget({ address: '', port: 0 });
  const target = { ...fleetTarget(fleet), privateKey };
  const offered = fingerprint(parsePrivateKey(privateKey).getPublicSSH());
  await expect(link.dial(target)).rejects.toMatchObject({
    code: 'login_refused',
    message: expect.stringContaining(`as ${target.user}: the host refused the key (offered ${offered})`),
    hint: expect.stringContaining('authorized_keys'),
  });
});

test('a key that cannot be read never causes a connection', async () => {
  await using link = wire();
  await using peer = await sshPeer();
  await expect(link.dial({ ...peerTarget(peer), privateKey: '' })).rejects.toMatchObject({ code: 'key_unreadable' });
  expect(peer.accepted).toBe(0);
});

test.each(['before', 'after'])('an attempt that is called off %s it began ends with the reason', async (when) => {
  await using link = wire();
  await using peer = await silentPeer();
  const abort = new AbortController();
  const reason = new Error('called off');
  if (when === 'before') abort.abort(reason);
  const dialled = link.dial(peerTarget(peer), { signal: abort.signal });
  const refused = expect(dialled).rejects.toBe(reason);
  if (when === 'after') {
    await until(() => peer.open === 1);
    abort.abort(reason);
  }
  await refused;
  await until(() => peer.open === 0);
  expect(peer.accepted).toBe(when === 'before' ? 0 : 1);
});

test('a connection that ends while its host key is compared does no harm later', async () => {
  const compared = Promise.withResolvers<void>();
  const comparing = Promise.withResolvers<void>();
  class SlowHostKeys extends HostKeys {
    override async verify(address: string, publicKey: Uint8Array): Promise<void> {
      comparing.resolve();
      await compared.promise;
      await super.verify(address, publicKey);
    }
  }
  await using link = wire();
  await using peer = await sshPeer();
  await using proxy = await proxyTo(peer);
  const hostKeys = new SlowHostKeys(link.store, systemClock);
  const refused = expect(link.dial(peerTarget(proxy), { hostKeys })).rejects.toMatchObject({ code: 'unreachable' });
  await comparing.promise;
  proxy.cut();
  await refused;
  compared.resolve();
  // The verdict comes too late and must not throw into the void: a rejection nobody handles fails the run.
  await until(async () => (await link.hostKeys.pinned(proxy.address)) !== undefined);
  await new Promise(setImmediate);
  expect(peer.logins).toBe(0);
});

test('a login is signed at once, without asking beforehand whether the key would do', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  const read = () => readFileSync(join(fleet.key, '../sshd0.log'), 'utf8');
  const before = read().length;
  const session = await link.dial(fleetTarget(fleet));
  await session.exec('true', { deadlineMs: 10_000 });
  session.close();
  const log = read().slice(before);
  expect(log).toContain('Accepted publickey');
  // What sshd writes down for the question.
  expect(log).not.toContain('Postponed publickey');
});
