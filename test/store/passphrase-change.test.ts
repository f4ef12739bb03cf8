import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { sealedRecords } from '../../src/store/contract.ts';
import { openKeyFile } from '../../src/store/key-file.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { isWrapped, passphraseOf } from '../../src/store/passphrase.ts';
import { fillDisk } from '../support/full-disk.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const secrets = sealedRecords<string>('secrets');
const wrapper = fileURLToPath(new URL('./processes/wrapper.ts', import.meta.url));
const openStore = (directory: string, passphrase?: string) =>
  openLmdbStore({ directory, clock: systemClock, passphrase });
const keyFileIn = (directory: string) => join(directory, 'master.key');

test('a passphrase is set, changed and removed while the store is in use, and the key stays', async () => {
  using directory = temporaryDirectory();
  const path = keyFileIn(directory.path);
  const store = openStore(directory.path);
  await store.transact(async (tx) => tx.put(secrets, 'a', 'kept'));
  const plain = readFileSync(path, 'utf8');
  await store.changePassphrase({ next: 'one' });
  expect(isWrapped(readFileSync(path, 'utf8'))).toBe(true);
  await store.changePassphrase({ current: 'one', next: 'two' });
  await store.close();
  expect(() => openStore(directory.path, 'one')).toThrow(/does not open the master key/);
  const next = openStore(directory.path, 'two');
  expect((await next.get(secrets, 'a'))?.value).toBe('kept');
  // A rotation wraps by the passphrase that counts now.
  await next.changePassphrase({ current: 'two', next: 'three' });
  await next.rotateKeys();
  await next.close();
  const last = openStore(directory.path, 'three');
  expect((await last.get(secrets, 'a'))?.value).toBe('kept');
  await last.changePassphrase({ current: 'three', next: undefined });
  await last.close();
  expect(readFileSync(path, 'utf8')).toMatch(/^[\w-]{43}\n$/);
  expect(readFileSync(path, 'utf8')).not.toBe(plain);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('without the present passphrase nothing changes', async () => {
  using directory = temporaryDirectory();
  const path = keyFileIn(directory.path);
  const store = openStore(directory.path, 'one');
  const before = readFileSync(path, 'utf8');
  for (const current of [undefined, 'two']) {
    await expect(store.changePassphrase({ current, next: 'three' })).rejects.toMatchObject({ code: 'invalid_member' });
  }
  expect(readFileSync(path, 'utf8')).toBe(before);
  await store.close();
});

test('whenever the process is killed, one of the passphrases opens the key', { timeout: 60_000 }, async () => {
  using directory = temporaryDirectory();
  const path = keyFileIn(directory.path);
  const keys = openKeyFile({ path, mayCreate: true }).keys.map(({ id }) => id);
  const wrappings = ['one', 'two'].map(passphraseOf);
  const given = JSON.stringify(
    wrappings.map(({ derivation, key }) => ({ derivation, key: Buffer.from(key).toString('base64') })),
  );
  for (let round = 0; round < 5; round += 1) {
    const child = spawn(process.execPath, [wrapper, directory.path, given], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    // Whatever the moment is: the process writes the file all the time.
    for (let turns = 0; turns < 20 * round + 1; turns += 1) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await once(child, 'close');
    const opened = ['one', 'two'].map((passphrase) => opening(path, passphrase)).find((file) => file !== undefined);
    expect(opened?.keys.map(({ id }) => id)).toEqual(keys);
    opened?.wrapBy(undefined);
  }
});

function opening(path: string, passphrase: string) {
  try {
    return openKeyFile({ path, mayCreate: false, passphrase });
  } catch {
    return undefined;
  }
}

test.skipIf(!mayMount)(`on a full disk the present passphrase still counts${needsRoot}`, async () => {
  using disk = temporaryFileSystem('size=2m');
  const path = keyFileIn(disk.path);
  const keyFile = openKeyFile({ path, mayCreate: true, passphrase: 'one' });
  const before = readFileSync(path, 'utf8');
  using _ballast = fillDisk(disk.path, 0);
  expect(() => keyFile.wrapBy(undefined)).toThrow(expect.objectContaining({ code: 'store_unusable' }));
  expect(readFileSync(path, 'utf8')).toBe(before);
});
