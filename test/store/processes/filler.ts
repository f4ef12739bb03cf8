import { unlinkSync } from 'node:fs';
import { systemClock } from '../../../src/lib/clock.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { records } from '../../../src/store/contract.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';

/**
 * Writes until the disk is full, several at a time, then reads, then removes the ballast and writes on. What it finds
 * goes to standard output, a word and a value on each line.
 */
const [directory = '', ballast = ''] = process.argv.slice(2);
const store = openLmdbStore({ directory, clock: systemClock });
const things = records<{ text: string }>('things');
const text = 'x'.repeat(3_000);
let next = 0;

const say = (word: string, value: string) => process.stdout.write(`${word} ${value}\n`);

async function write(key: string): Promise<void> {
  await store.transact(async (tx) => {
    tx.put(things, key, { text });
    tx.emit({ type: 'thing', action: 'created', key });
  });
  say('acknowledged', key);
}

async function writeUntilRefused(): Promise<void> {
  while (true) {
    const key = String(next);
    next += 1;
    try {
      await write(key);
    } catch (error) {
      say('refused', error instanceof AppError ? error.code : String(error));
      return;
    }
  }
}

await Promise.all(Array.from({ length: 3 }, writeUntilRefused));
say('read', String((await store.get(things, '0'))?.value.text.length));
say('listed', String((await Array.fromAsync(store.list(things))).length));
unlinkSync(ballast);
await write('after');
await store.close();
say('closed', 'yes');
