import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replacePrivateFile } from '../../src/cli/replace-private-file.ts';
import { replaceFile } from '../../src/lib/replace-file.ts';
import { certificateFiles, makeCertificates, makeClient, renewServer } from '../../src/server/pki/certificates.ts';
import { changeUsersFile } from '../../src/server/users-file.ts';
import { openKeyFile } from '../../src/store/key-file.ts';
import { fillDisk } from '../support/full-disk.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('a file is replaced whole, for its owner only, and what was left beside it is removed', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'file');
  writeFileSync(`${path}.new`, 'left by a process that was killed');
  replaceFile(path, 'one');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['one', 0o600]);
  chmodSync(path, 0o640);
  replaceFile(path, 'two', { keeps: 'owner and mode' });
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o640]);
  const failing = () => {
    throw new Error('no text');
  };
  expect(() => replaceFile(path, failing)).toThrow('no text');
  expect(() => replaceFile(path, 'three', { isExclusive: true, beside: path })).toThrow('EEXIST');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(directory.path)).toEqual(['file']);
});

const at = { now: new Date(), hostName: 'jump' };
const long = 'x'.repeat(100_000);

/** What replaces a file of the product, by the name of that file. */
const writers: [string, (directory: string) => unknown][] = [
  ['users.json', (directory) => changeUsersFile(join(directory, 'users.json'), () => long)],
  [
    'master.key',
    (directory) => openKeyFile({ path: join(directory, 'master.key'), mayCreate: false, passphrase: 'a' }),
  ],
  ['server.pem', (directory) => renewServer(directory, [], at)],
  ['commctl.json', (directory) => replacePrivateFile(join(directory, 'commctl.json'), long)],
  ['alice.pem', (directory) => makeClient(directory, { name: 'alice', file: join(directory, 'alice.pem') }, at)],
];

test.skipIf(!mayMount)(`a full disk leaves every file as it was, and nothing beside it${needsRoot}`, async () => {
  using disk = temporaryFileSystem('size=2m');
  const directory = join(disk.path, 'data');
  mkdirSync(directory);
  await makeCertificates(certificateFiles(directory), [], at);
  openKeyFile({ path: join(directory, 'master.key'), mayCreate: true });
  for (const name of ['users.json', 'commctl.json']) writeFileSync(join(directory, name), '{}', { mode: 0o600 });
  const seen = () =>
    readdirSync(directory)
      .toSorted()
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')]);
  const before = seen();
  {
    using _ballast = fillDisk(disk.path, 0);
    for (const [name, write] of writers) {
      await expect(async () => await write(directory), name).rejects.toThrow(/ENOSPC|no space left/i);
      expect(seen(), name).toEqual(before);
    }
  }
  for (const [name, write] of writers) {
    await write(directory);
    expect(Object.fromEntries(before)[name]).not.toBe(readFileSync(join(directory, name), 'utf8'));
  }
});
