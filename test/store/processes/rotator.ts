import { systemClock } from '../../../src/lib/clock.ts';
import { sealedRecords } from '../../../src/store/contract.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';

/** Rotates the master key for ever while others write sealed records, and prints what was acknowledged. */
const [directory = '', firstNumber = '0'] = process.argv.slice(2);
const store = openLmdbStore({ directory, clock: systemClock });
const secrets = sealedRecords<{ n: number }>('secrets');
const say = (word: string, value: string | number) => process.stdout.write(`${word} ${value}\n`);
let next = Number(firstNumber);

async function writeForEver(): Promise<never> {
  while (true) {
    const n = next;
    next += 1;
    await store.transact(async (tx) => tx.put(secrets, String(n), { n }));
    say('wrote', n);
  }
}

async function rotateForEver(): Promise<never> {
  while (true) {
    say('begins', next);
    const { key } = await store.rotateKeys();
    say('rotated', key);
  }
}

await store.finishRotation();
await Promise.all([writeForEver(), writeForEver(), rotateForEver()]);
