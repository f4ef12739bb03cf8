import { systemClock } from '../../../src/lib/clock.ts';
import { records } from '../../../src/store/contract.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';

/** Writes records, several at a time and for ever, and prints the key of each once it is acknowledged. */
const [directory = '', firstNumber = '0'] = process.argv.slice(2);
const store = openLmdbStore({ directory, clock: systemClock });
const things = records<{ n: number }>('things');
let next = Number(firstNumber);

async function writeForEver(): Promise<never> {
  while (true) {
    const n = next;
    next += 1;
    await store.transact(async (tx) => {
      tx.put(things, String(n), { n });
      tx.emit({ type: 'thing', action: 'created', key: String(n) });
    });
    process.stdout.write(`${n}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, writeForEver));
