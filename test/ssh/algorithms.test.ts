import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostKeyAlgorithms, offeredAlgorithms, offeredKems } from '../../src/ssh/algorithms.ts';
import type { Session } from '../../src/ssh/session.ts';
import { boringMlKem768 } from '../support/boring-ml-kem.ts';
import { sshPeer } from '../support/faulty-peer.ts';
import { makeOpensslKey, opensslKeyTypes } from '../support/openssl-key.ts';
import { patient, peerTarget, type Wire, wire } from '../support/ssh.ts';
import { hostKeyFiles, type SshdSite, sshdSite } from '../support/sshd.ts';

const key = makeOpensslKey(opensslKeyTypes.ed25519 ?? []);
let site: SshdSite;
let link: Wire;

beforeAll(() => {
  site = sshdSite();
  site.authorize(key.publicLine);
  link = wire();
});

afterAll(async () => {
  await link[Symbol.asyncDispose]();
  site[Symbol.dispose]();
});

/** What the sshd of this machine has. */
const known = (kind: string) => execFileSync('ssh', ['-Q', kind], { encoding: 'utf8' }).trim().split('\n');

const offeredKex = [...offeredAlgorithms.kex, ...Object.keys(offeredKems)];
const kexOfSshd = offeredKex.filter((name) => known('kex').includes(name));
const isAuthenticated = (cipher: string) => /gcm|poly1305/.test(cipher);
const counted = offeredAlgorithms.cipher.filter((cipher) => !isAuthenticated(cipher));
const { hmac: macs } = offeredAlgorithms;

interface Case {
  kex: string;
  cipher: string;
  mac: string;
}

const cases: Case[] = [
  ...kexOfSshd.flatMap((kex) =>
    offeredAlgorithms.cipher.map((cipher, n) => ({ kex, cipher, mac: macs[n % macs.length] ?? '' })),
  ),
  ...counted.flatMap((cipher) => macs.map((mac) => ({ kex: 'curve25519-sha256', cipher, mac }))),
];

async function echoed(session: Session): Promise<void> {
  const result = await session.exec('read line; echo "got $line"', { ...patient, stdin: 'words\n' });
  expect(result).toMatchObject({ exitCode: 0, stdout: 'got words\n' });
}

describe('sshd that has only', () => {
  test.each(cases)('$kex, $cipher, $mac', async ({ kex, cipher, mac }) => {
    const lines = [`KexAlgorithms ${kex}`, `Ciphers ${cipher}`, `MACs ${mac}`, 'LogLevel DEBUG1'];
    await using sshd = await site.start(lines);
    const session = await link.dial(sshd.target(key.file));
    await echoed(session);
    session.close();
    const log = sshd.log();
    expect(log).toContain(`kex: algorithm: ${kex} `);
    const shown = isAuthenticated(cipher) ? '<implicit>' : mac;
    for (const way of ['client->server', 'server->client']) {
      expect(log).toContain(`kex: ${way} cipher: ${cipher} MAC: ${shown} `);
    }
  });

  const hostKeys = hostKeyAlgorithms.map((algorithm) => {
    const file = algorithm.includes('rsa')
      ? 'rsa'
      : algorithm.replace(/^(ssh-|ecdsa-sha2-nistp)/, (found) => (found === 'ssh-' ? '' : 'ecdsa'));
    return { algorithm, file };
  });

  test.each(hostKeys)('a host key for $algorithm', async ({ algorithm, file }) => {
    expect(Object.keys(hostKeyFiles)).toContain(file);
    await using sshd = await site.start([`HostKeyAlgorithms ${algorithm}`, 'LogLevel DEBUG1'], file);
    const session = await link.dial(sshd.target(key.file));
    await echoed(session);
    expect(sshd.log()).toContain(`kex: host key algorithm: ${algorithm} `);
  });
});

test.each(Object.entries(opensslKeyTypes))('sshd lets in a key of type %s, in PKCS #8 form', async (_type, options) => {
  const { file, publicLine, fingerprint } = makeOpensslKey(options);
  site.authorize(publicLine);
  await using sshd = await site.start([]);
  await echoed(await link.dial(sshd.target(file)));
  expect(sshd.log()).toMatch(new RegExp(`Accepted publickey for .* ${fingerprint.replaceAll(/[+/]/g, '\\$&')}`));
});

test.each(offeredAlgorithms.cipher)('megabytes pass both ways under %s, over new key exchanges', async (cipher) => {
  await using sshd = await site.start([`Ciphers ${cipher}`, 'RekeyLimit 256K', 'LogLevel DEBUG1']);
  const session = await link.dial(sshd.target(key.file));
  const content = randomBytes(2_000_000);
  const back = createHash('sha256');
  const stdin = (async function* () {
    yield content;
  })();
  const onOutput = (chunk: Uint8Array) => void back.update(chunk);
  expect(await session.exec('cat', { ...patient, stdin, onOutput })).toMatchObject({ exitCode: 0 });
  expect(back.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
  session.close();
  expect(sshd.log().match(/rekey out after|rekey in after|SSH2_MSG_NEWKEYS received/g)?.length).toBeGreaterThan(2);
});

test('a usual sshd takes none of the costly algorithms, which are offered last', async () => {
  expect(offeredAlgorithms.cipher.at(-1)).toBe('chacha20-poly1305@openssh.com');
  await using sshd = await site.start(['LogLevel DEBUG1']);
  await echoed(await link.dial(sshd.target(key.file)));
  expect(sshd.log()).toContain('kex: algorithm: curve25519-sha256');
  expect(sshd.log()).toContain('cipher: aes128-gcm@openssh.com');
});

describe('a peer that has only', () => {
  test.each(['diffie-hellman-group15-sha512', 'diffie-hellman-group17-sha512'] as const)('%s', async (kex) => {
    await using peer = await sshPeer({ algorithms: { kex: [kex] } });
    const session = await link.dial(peerTarget(peer));
    expect(await session.exec('true', patient)).toMatchObject({ exitCode: 0 });
  });

  test('mlkem768x25519-sha256, with the ML-KEM of another library', async () => {
    await using peer = await sshPeer({
      algorithms: { kex: ['diffie-hellman-group1-sha1'] },
      kems: { 'mlkem768x25519-sha256': boringMlKem768 },
    });
    const session = await link.dial(peerTarget(peer));
    expect(await session.exec('true', patient)).toMatchObject({ exitCode: 0 });
  });

  test('mlkem768x25519-sha256, and answers with a damaged ciphertext', async () => {
    const damaged = {
      ...boringMlKem768,
      encapsulate: (publicKey: Uint8Array) => {
        const { ciphertext, secret } = boringMlKem768.encapsulate(publicKey);
        ciphertext[7] = (ciphertext[7] ?? 0) ^ 1;
        return { ciphertext, secret };
      },
    };
    await using peer = await sshPeer({
      algorithms: { kex: ['diffie-hellman-group1-sha1'] },
      kems: { 'mlkem768x25519-sha256': damaged },
    });
    await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
      code: 'unreachable',
      details: { phase: 'key exchange' },
    });
    expect(peer.logins).toBe(0);
  });
});

test('every key exchange that is offered is tried here', () => {
  const peers = ['diffie-hellman-group15-sha512', 'diffie-hellman-group17-sha512', 'mlkem768x25519-sha256'];
  const tried = [...kexOfSshd, ...peers];
  expect(offeredKex.filter((name) => !tried.includes(name))).toEqual([]);
});
