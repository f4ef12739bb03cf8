import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { utils } from 'ssh2';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { fingerprint } from '../../src/ssh/private-key.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { ed25519Key, endWith, type SshPeerOptions, sshPeer } from '../support/faulty-peer.ts';
import { patient, peerTarget, wire } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const address = '127.0.0.1';
/** Peers that stand in for the same machine, one after the other. */
const machine = (options: SshPeerOptions) => sshPeer({ address, ...options });

interface HostKeyFile {
  private: string;
  shown: string;
}

function shownBy(privateKey: string): string {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return fingerprint(parsed.getPublicSSH());
}

/** As a known_hosts file holds it. */
function publicKeyOf(privateKey: string): string {
  const parsed = utils.parseKey(privateKey);
  if (parsed instanceof Error) throw parsed;
  return parsed.getPublicSSH().toString('base64');
}

function hostKey(): HostKeyFile {
  const { private: text } = ed25519Key();
  return { private: text, shown: shownBy(text) };
}

function hostKeyOfType(type: 'rsa' | 'ecdsa'): HostKeyFile {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'key');
  execFileSync('ssh-keygen', ['-q', '-N', '', '-t', type, '-f', path]);
  const text = readFileSync(path, 'utf8');
  return { private: text, shown: shownBy(text) };
}

test('the first key is on disk before a machine gets its first command', async () => {
  await using link = wire();
  const key = hostKey();
  const pinnedAtCommand = Promise.withResolvers<unknown>();
  await using peer = await machine({
    hostKeys: [key.private],
    exec: (channel) => {
      // Read anew from the store's own files, as a server that starts now would.
      pinnedAtCommand.resolve(link.hostKeys.pinned(address));
      endWith(channel, 0);
    },
  });
  const session = await link.dial(peerTarget(peer));
  await session.exec('true', patient);
  expect(await pinnedAtCommand.promise).toMatchObject({
    fingerprint: key.shown,
    algorithm: 'ssh-ed25519',
    public_key: publicKeyOf(key.private),
    source: 'first_contact',
  });
});

test('a pinned key is still pinned after the store was opened again', async () => {
  using directory = temporaryDirectory();
  const options = { directory: directory.path, clock: systemClock };
  const store = openLmdbStore(options);
  const parsed = utils.parseKey(ed25519Key().public);
  if (parsed instanceof Error) throw parsed;
  await new HostKeys(store, systemClock).verify('192.0.2.1', parsed.getPublicSSH());
  await store.close();
  const again = openLmdbStore(options);
  const pinned = await new HostKeys(again, systemClock).pinned('192.0.2.1');
  expect(pinned?.fingerprint).toBe(fingerprint(parsed.getPublicSSH()));
  await again.close();
});

test('a changed key fails with both fingerprints, before any attempt to log in', async () => {
  await using link = wire();
  const [old, changed] = [hostKey(), hostKey()];
  {
    await using peer = await machine({ hostKeys: [old.private] });
    await link.dial(peerTarget(peer));
    expect(peer.logins).toBeGreaterThan(0);
  }
  await using impostor = await machine({ hostKeys: [changed.private] });
  await expect(link.dial(peerTarget(impostor))).rejects.toMatchObject({
    code: 'host_key_changed',
    message: expect.stringMatching(new RegExp(`${escaped(changed.shown)}.*${escaped(old.shown)}`)),
    details: { pinned: old.shown, shown: changed.shown },
  });
  expect(impostor).toMatchObject({ accepted: 1, logins: 0, commands: [] });
  expect((await link.hostKeys.pinned(address))?.fingerprint).toBe(old.shown);
});

test('once an operator accepts the new key the machine is let in again, and the old key no more', async () => {
  await using link = wire();
  const [old, changed] = [hostKey(), hostKey()];
  await using before = await machine({ hostKeys: [old.private] });
  await using after = await machine({ hostKeys: [changed.private] });
  await link.dial(peerTarget(before));
  await link.hostKeys.accept(address, changed.shown);
  await link.dial(peerTarget(after));
  expect(await link.hostKeys.pinned(address)).toMatchObject({ source: 'operator', algorithm: 'ssh-ed25519' });
  await expect(link.dial(peerTarget(before))).rejects.toMatchObject({ code: 'host_key_changed' });
});

test('a host registered with a fingerprint is not trusted with another one on first contact', async () => {
  await using link = wire();
  const [expected, shown] = [hostKey(), hostKey()];
  await link.store.transact(async (tx) => link.hostKeys.expect(tx, address, expected.shown));
  await using peer = await machine({ hostKeys: [shown.private] });
  await expect(link.dial(peerTarget(peer))).rejects.toMatchObject({
    code: 'host_key_changed',
    details: { pinned: expected.shown, shown: shown.shown },
  });
  expect(peer).toMatchObject({ logins: 0, commands: [] });
});

test.each(['rsa', 'ecdsa'] as const)(
  'a machine with several keys is asked for its %s key when that one is pinned',
  async (type) => {
    await using link = wire();
    const [pinned, preferred] = [hostKeyOfType(type), hostKey()];
    {
      await using peer = await machine({ hostKeys: [pinned.private] });
      await link.dial(peerTarget(peer));
    }
    await using peer = await machine({ hostKeys: [preferred.private, pinned.private] });
    await link.dial(peerTarget(peer));
    expect((await link.hostKeys.pinned(address))?.fingerprint).toBe(pinned.shown);
    expect(peer.accepted).toBe(1);
  },
);

test.each(['rsa', 'ecdsa'] as const)(
  'a machine with several keys is let in when an operator named the fingerprint of its %s key',
  async (type) => {
    await using link = wire();
    const [named, preferred] = [hostKeyOfType(type), hostKey()];
    const { pinned_at } = await link.hostKeys.accept(address, named.shown);
    await using peer = await machine({ hostKeys: [preferred.private, named.private] });
    await link.dial(peerTarget(peer));
    expect(await link.hostKeys.pinned(address)).toMatchObject({
      fingerprint: named.shown,
      source: 'operator',
      algorithm: expect.stringContaining(type),
      public_key: publicKeyOf(named.private),
      pinned_at,
    });
    const tried = peer.accepted;
    await link.dial(peerTarget(peer));
    expect(peer.accepted).toBe(tried + 1);
  },
);

test('two first contacts at once with different keys leave one pinned and the other refused', async () => {
  await using link = wire();
  await using one = await machine({ hostKeys: [hostKey().private] });
  await using other = await machine({ hostKeys: [hostKey().private] });
  const outcomes = await Promise.allSettled([link.dial(peerTarget(one)), link.dial(peerTarget(other))]);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(outcomes).toContainEqual({
    status: 'rejected',
    reason: expect.objectContaining({ code: 'host_key_changed' }),
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[+/]/g, '\\$&');
}
