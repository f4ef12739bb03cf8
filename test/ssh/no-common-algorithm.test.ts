import { afterAll, expect, test } from 'vitest';
import { hostKeyPeer } from '../support/faulty-peer.ts';
import { peerTarget, wire } from '../support/ssh.ts';
import { sshdSite } from '../support/sshd.ts';

const site = sshdSite();
afterAll(() => site[Symbol.dispose]());

const cases: Array<[kind: string, sshd: string[], option: string, theirs: string, ours: string]> = [
  [
    'key exchange algorithm',
    ['KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1'],
    'KexAlgorithms',
    'diffie-hellman-group14-sha1, diffie-hellman-group1-sha1',
    'curve25519-sha256',
  ],
  ['cipher', ['Ciphers aes128-cbc,3des-cbc'], 'Ciphers', 'aes128-cbc, 3des-cbc', 'aes128-gcm@openssh.com, aes256-gcm'],
  [
    'MAC',
    ['Ciphers aes128-ctr', 'MACs umac-64@openssh.com,hmac-md5'],
    'MACs',
    'umac-64@openssh.com, hmac-md5',
    'hmac-sha2-256-etm@openssh.com',
  ],
];

test.each(cases)(
  'a host without a common %s is told both lists and the option',
  async (kind, lines, option, theirs, ours) => {
    await using link = wire();
    await using sshd = await site.start(lines);
    const target = peerTarget(sshd);
    const place = `${target.address}:${target.port}`;
    await expect(link.dial(target)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        new RegExp(
          `^cannot reach ${place}: no common ${kind} \\(key exchange\\); the host offers ${theirs}; this server offers .*${ours}`,
        ),
      ),
      hint: expect.stringContaining(`${option} in sshd_config`),
      details: { phase: 'key exchange', option },
    });
  },
);

test('a host whose only host key is of no known type says so, also when a fingerprint is pinned', async () => {
  await using link = wire();
  await using peer = await hostKeyPeer('ssh-dss');
  const target = peerTarget(peer);
  const expected = {
    code: 'unreachable',
    message: expect.stringMatching(
      /no common host key algorithm \(key exchange\); the host offers ssh-dss; this server offers ssh-ed25519, .*rsa-sha2-512/,
    ),
    hint: expect.stringContaining('ssh-keygen -A'),
  };
  await expect(link.dial(target)).rejects.toMatchObject(expected);
  await link.hostKeys.accept(peer.address, `SHA256:${'A'.repeat(43)}`);
  await expect(link.dial(target)).rejects.toMatchObject(expected);
});

test('names that a host offers cannot write to a terminal', async () => {
  await using link = wire();
  await using peer = await hostKeyPeer(`\u001b[2J\u202e,${'x'.repeat(20_000)}`);
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/^[\x20-\x7e\ufffd…]{1,3000}$/u),
  });
});
