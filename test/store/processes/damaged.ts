import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/lib/clock.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { UnreadableRecord } from '../../../src/store/unreadable-record.ts';
import { contentOf, damagedCollections, writeMore } from '../damaged-store.ts';
import { damagesOf } from '../damages.ts';

/**
 * Opens a store with one damage after the other, reads all of it and writes to it, and prints for each what came of it. What is
 * read of the sound store comes first, so that a damage can be told from nothing.
 */
const [sound = '', work = '', first = '0', every = ''] = process.argv.slice(2);
const file = readFileSync(join(sound, 'store', 'data.mdb'));
const damages = damagesOf(file, every === 'every');
const expected = JSON.parse(readFileSync(join(sound, 'content.json'), 'utf8'));

for (const [index, damage] of damages.entries()) {
  if (index < Number(first)) continue;
  // Before, so that it is known what ended the process.
  process.stdout.write(`${JSON.stringify({ index, begins: true })}\n`);
  process.stdout.write(`${JSON.stringify({ index, verdict: await verdictOn(damage.apply(file)) })}\n`);
}

async function verdictOn(bytes: Buffer): Promise<string> {
  const directory = join(work, 'data');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(join(directory, 'store'), { recursive: true });
  copyFileSync(join(sound, 'master.key'), join(directory, 'master.key'));
  writeFileSync(join(directory, 'store', 'data.mdb'), bytes);
  try {
    const store = openLmdbStore({ directory, clock: systemClock });
    try {
      const unreadable = await differences(store);
      await writeMore(store);
      return unreadable;
    } finally {
      await store.close();
    }
  } catch (error) {
    return error instanceof AppError ? error.code : `threw ${error}`;
  }
}

/** `equal`, or `N unreadable` when all others are equal. */
async function differences(store: ReturnType<typeof openLmdbStore>): Promise<string> {
  const found = await contentOf(store, expected);
  let unreadable = 0;
  for (const { name } of damagedCollections) {
    for (const [key, value] of Object.entries<unknown>(expected[name])) {
      const read = found[name]?.[key];
      if (read instanceof UnreadableRecord) unreadable += 1;
      else if (JSON.stringify(read) !== JSON.stringify(value)) return `differs in ${name} ${key}`;
    }
    if (Object.keys(found[name] ?? {}).length !== Object.keys(expected[name]).length) return `has others in ${name}`;
  }
  if (JSON.stringify(found.events) !== JSON.stringify(expected.events)) return 'differs in its events';
  return unreadable === 0 ? 'equal' : `${unreadable} unreadable`;
}
