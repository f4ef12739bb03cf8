import { afterAll, expect, test } from 'vitest';
import { sshPeer } from '../support/faulty-peer.ts';
import { makeOpensslKey, opensslKeyTypes } from '../support/openssl-key.ts';
import { failureOf, patient, peerTarget, wire } from '../support/ssh.ts';
import { sshdSite } from '../support/sshd.ts';

const site = sshdSite();
const rsa = makeOpensslKey(opensslKeyTypes.rsa ?? []);
site.authorize(rsa.publicLine);

afterAll(() => site[Symbol.dispose]());

test.each(['rsa-sha2-256', 'rsa-sha2-512'])('an RSA key logs in where only %s is accepted', async (algorithm) => {
  await using link = wire();
  await using sshd = await site.start([`PubkeyAcceptedAlgorithms ${algorithm}`]);
  const session = await link.dial(sshd.target(rsa.file));
  expect(await session.exec('echo in', patient)).toMatchObject({ exitCode: 0, stdout: 'in\n' });
  expect(sshd.log()).toMatch(/Accepted publickey for \S+ from \S+ port \d+ ssh2: RSA/);
});

test('an RSA key is not used with SHA-1 where the host knows better', async () => {
  await using link = wire();
  await using sshd = await site.start(['PubkeyAcceptedAlgorithms ssh-rsa', 'LogLevel DEBUG1']);
  await expect(link.dial(sshd.target(rsa.file))).rejects.toMatchObject({ code: 'login_refused' });
  const refused = [...sshd.log().matchAll(/signature algorithm (\S+) not in PubkeyAcceptedAlgorithms/g)];
  expect(refused.map(([, algorithm]) => algorithm)).toEqual(['rsa-sha2-256', 'rsa-sha2-512']);
});

const refusals: Array<[name: string, sshd: string[], message: string, hint: string]> = [
  [
    'a password after the key',
    ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password'],
    'the host accepted the key (offered KEY) and then asks for password',
    'AuthenticationMethods publickey',
  ],
  [
    'a second key',
    ['AuthenticationMethods publickey,publickey'],
    'the host accepted the key (offered KEY) and then asks for another key (publickey)',
    'AuthenticationMethods publickey',
  ],
  [
    'one of two methods after the key',
    [
      'PasswordAuthentication yes',
      'KbdInteractiveAuthentication yes',
      'AuthenticationMethods publickey,password publickey,keyboard-interactive',
    ],
    'the host accepted the key (offered KEY) and then asks for password or keyboard-interactive',
    'AuthenticationMethods publickey',
  ],
  [
    'a password only',
    ['PasswordAuthentication yes', 'PubkeyAuthentication no'],
    'the host takes no keys, it asks for password',
    'PubkeyAuthentication',
  ],
];

test.each(refusals)(
  'a host that asks for %s is told from one that refuses the key',
  async (_name, lines, words, hint) => {
    await using link = wire();
    await using sshd = await site.start(lines);
    const target = sshd.target(rsa.file);
    await expect(link.dial(target)).rejects.toMatchObject({
      code: 'login_refused',
      message: `cannot log in to ${target.address} as ${target.user}: ${words.replace('KEY', rsa.fingerprint)}`,
      hint: expect.stringContaining(hint),
    });
  },
);

test('a host that names no method and one of control characters do no harm', async () => {
  await using link = wire();
  for (const methods of [[], ['\u001b[2Jpassword']]) {
    await using peer = await sshPeer({
      // The types of ssh2 know the usual methods only.
      authenticate: (context) => Reflect.apply(context.reject, context, [methods, methods.length > 0]),
    });
    const refused = await failureOf(link.dial(peerTarget(peer)));
    expect(refused).toMatchObject({ code: 'login_refused', message: expect.not.stringContaining('\u001b') });
  }
});
