import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Manifest } from '../../../src/upkeep/backup/file/manifest.ts';
import { readBackup, verifying } from '../../../src/upkeep/backup/file/read.ts';
import { newSealingKey, openedBytes, sealedBytes } from '../../../src/upkeep/backup/file/sealing.ts';
import { backupBytes } from '../../../src/upkeep/backup/file/write.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** The weakest derivation that is accepted: these tests open a file many times. */
const weak = { kdf: 'scrypt', cost: 1024, block_size: 1, parallelization: 1, salt: 'c2FsdA' } as const;
const passphrase = 'of the tests';

/** A backup of these files. */
async function backupOf(files: Record<string, Uint8Array>, options: { sealed?: boolean } = {}): Promise<Buffer> {
  using directory = temporaryDirectory();
  const pathOf = (name: string) => join(directory.path, name);
  const parts = Object.entries(files).map(([name, content]) => {
    mkdirSync(dirname(pathOf(name)), { recursive: true });
    writeFileSync(pathOf(name), content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { name, kind: 'file' as const, size: content.length, sha256, mode: '600' };
  });
  const manifest: Manifest = {
    version: '0.1.0',
    created_at: '2026-11-30T23:00:00.000000',
    host: 'jump1',
    data_dir: '/var/lib/commissaire',
    master_key: 'plain',
    store_schema: 2,
    collections: { hosts: 2 },
    parts,
    left_out: [],
  };
  const key = options.sealed === true ? await newSealingKey(passphrase, weak) : undefined;
  return Buffer.concat(await Array.fromAsync(backupBytes({ manifest, pathOf, key })));
}

async function* inPieces(bytes: Uint8Array, size = 4096): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The files in a backup, or the code of the refusal. */
async function filesIn(bytes: Uint8Array, given?: string): Promise<Record<string, string> | string> {
  const files: Record<string, string> = {};
  try {
    await readBackup(inPieces(bytes), given, {
      ...verifying,
      async part({ name }, content) {
        files[name] = Buffer.concat(await Array.fromAsync(content)).toString('hex');
      },
    });
    return files;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const small = { 'store/data.mdb': randomBytes(700), 'data/empty': Buffer.alloc(0), 'master.key': Buffer.from('key') };
const inHex = Object.fromEntries(Object.entries(small).map(([name, content]) => [name, content.toString('hex')]));

describe.each([
  { what: 'a backup', sealed: false, given: undefined },
  { what: 'a sealed backup', sealed: true, given: passphrase },
])('$what', ({ sealed, given }) => {
  test('holds what was put into it', async () => {
    const long = { [`data/${'long/'.repeat(60)}näme`]: randomBytes(300_000), ...small };
    const files = await filesIn(await backupOf(long, { sealed }), given);
    expect(files).toEqual(
      Object.fromEntries(Object.entries(long).map(([name, bytes]) => [name, bytes.toString('hex')])),
    );
  });

  test('is refused after a flip of any one of its bytes', async () => {
    const bytes = await backupOf(small, { sealed });
    expect(await filesIn(bytes, given)).toEqual(inHex);
    const answers = new Set<unknown>();
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
      answers.add(await filesIn(flipped, given));
    }
    expect(answers).toEqual(new Set(['backup_damaged']));
  });

  test('is refused when it ends early, anywhere, or goes on', async () => {
    const bytes = await backupOf(small, { sealed });
    const answers = new Set<unknown>([await filesIn(Buffer.concat([bytes, Buffer.from('x')]), given)]);
    for (let length = 0; length < bytes.length; length += 7)
      answers.add(await filesIn(bytes.subarray(0, length), given));
    for (let less = 1; less < 60; less += 1) answers.add(await filesIn(bytes.subarray(0, -less), given));
    expect(answers).toEqual(new Set(['backup_damaged']));
  });

  test('is refused after a flip in each region of a large one', async () => {
    const bytes = await backupOf({ 'store/data.mdb': randomBytes(3_000_000) }, { sealed });
    const answers = new Set<unknown>();
    for (let region = 0; region < 24; region += 1) {
      const flipped = Buffer.from(bytes);
      const at = Math.floor(((region + 0.5) / 24) * bytes.length);
      flipped.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
      answers.add(await filesIn(flipped, given));
    }
    expect(answers).toEqual(new Set(['backup_damaged']));
  });
});

test('a wrong passphrase and a missing one are told from damage', async () => {
  const bytes = await backupOf(small, { sealed: true });
  expect(await filesIn(bytes, 'another')).toBe('backup_passphrase_wrong');
  expect(await filesIn(bytes)).toBe('backup_sealed');
});

test('a backup of a later form is refused as such', async () => {
  const bytes = await backupOf(small);
  const end = 8 + bytes.readUInt32LE(4);
  const text = Buffer.from(
    bytes
      .subarray(8, end - 32)
      .toString()
      .replace('"commissaire_backup":1', '"commissaire_backup":2'),
  );
  const header = Buffer.concat([bytes.subarray(0, 8), text, createHash('sha256').update(text).digest()]);
  expect(await filesIn(Buffer.concat([header, bytes.subarray(end)]))).toBe('backup_newer');
});

test('chunks of a sealed stream cannot be reordered, repeated, removed, or taken from another file', async () => {
  const chunkBytes = 64 * 1024 + 16;
  const [key, other] = [await newSealingKey(passphrase, weak), await newSealingKey(passphrase, weak)];
  const plain = randomBytes(3 * 64 * 1024 + 100);
  const sealed = Buffer.concat(await Array.fromAsync(sealedBytes(inPieces(plain), key, 'header')));
  const open = async (chunks: readonly Uint8Array[], header = 'header') =>
    Buffer.concat(await Array.fromAsync(openedBytes(inPieces(Buffer.concat(chunks)), key, header)));
  const chunks = [0, 1, 2, 3].map((index) => sealed.subarray(index * chunkBytes, (index + 1) * chunkBytes));
  const [first = plain, second = plain, third = plain, last = plain] = chunks;
  expect((await open(chunks)).equals(plain)).toBe(true);
  const foreign = Buffer.concat(await Array.fromAsync(sealedBytes(inPieces(plain), other, 'header')));
  const wrong = [
    [second, first, third, last],
    [first, first, second, third, last],
    [first, second, third],
    [first, third, last],
    [first, second, third, last, last],
    [foreign.subarray(0, chunkBytes), second, third, last],
    [],
  ];
  for (const each of wrong) await expect(open(each)).rejects.toMatchObject({ code: 'backup_damaged' });
  await expect(open(chunks, 'another header')).rejects.toMatchObject({ code: 'backup_damaged' });
});

test('zstd and tar read a backup that is not sealed', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'one.backup');
  writeFileSync(path, await backupOf(small));
  const plain = Buffer.from(await Bun.zstdDecompress(await Bun.file(path).bytes()));
  writeFileSync(join(directory.path, 'one.tar'), plain);
  const tar = Bun.spawnSync(['tar', '-xOf', join(directory.path, 'one.tar'), 'store/data.mdb']);
  expect(Buffer.from(tar.stdout).equals(small['store/data.mdb'])).toBe(true);
});
