import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListRange, Transaction } from '../../../src/store/contract.ts';
import { type Conformant, logged, numbers, putNumbers } from './conformant.ts';

/** A step of a transaction. What it writes hangs on all that the transaction read before. */
type Step =
  | { does: 'get'; key: string }
  | { does: 'put'; key: string }
  | { does: 'delete'; key: string }
  | { does: 'list'; range: ListRange; stopAfter: number };

const key = fc.constantFrom('a/1', 'a/2', 'b/1', 'b/2', 'b/3', 'c/1');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant('get' as const), key }),
  fc.record({ does: fc.constant('put' as const), key }),
  fc.record({ does: fc.constant('delete' as const), key }),
  fc.record({
    does: fc.constant('list' as const),
    range: fc.record(
      {
        prefix: fc.constantFrom('a/', 'b/'),
        from: key,
        after: key,
        offset: fc.integer({ min: 0, max: 2 }),
        limit: fc.integer({ min: 0, max: 3 }),
        reverse: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    stopAfter: fc.integer({ min: 1, max: 6 }),
  }),
);
/** Each actor makes its transactions one after the other; the actors go on beside each other. */
const actors = fc.array(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }), {
  minLength: 2,
  maxLength: 4,
});

/** The same over a map: what the contract of a list says, in the plainest way. */
function modelList(model: ReadonlyMap<string, number>, range: ListRange): Array<[string, number]> {
  const { prefix = '', from = '', after, offset = 0, limit = model.size, reverse = false } = range;
  const sorted = [...model].sort(([one], [other]) => (one < other ? -1 : 1));
  if (reverse) sorted.reverse();
  return sorted
    .filter(([key]) => key.startsWith(prefix) && key >= from)
    .filter(([key]) => after === undefined || (reverse ? key < after : key > after))
    .slice(offset, offset + limit);
}

/** Makes of what was read one number, so that whoever read something else writes something else. */
class Digest {
  value = 7;
  take(...parts: unknown[]): void {
    for (const letter of JSON.stringify(parts)) this.value = (this.value * 31 + letter.charCodeAt(0)) % 1_000_003;
  }
}

async function perform(tx: Transaction, name: string, steps: readonly Step[]): Promise<void> {
  const read = new Digest();
  for (const step of steps) {
    if (step.does === 'get') read.take(step.key, (await tx.get(numbers, step.key))?.value);
    else if (step.does === 'put') tx.put(numbers, step.key, read.value);
    else if (step.does === 'delete') tx.delete(numbers, step.key);
    else {
      let left = step.stopAfter;
      for await (const { key, value } of tx.list(numbers, step.range)) {
        read.take(key, value);
        left -= 1;
        if (left === 0) break;
      }
    }
  }
  tx.put(logged, name, read.value);
  tx.emit({ type: 'transaction', action: 'done', key: name });
}

function performOnModel(model: Map<string, number>, steps: readonly Step[]): number {
  const read = new Digest();
  for (const step of steps) {
    if (step.does === 'get') read.take(step.key, model.get(step.key));
    else if (step.does === 'put') model.set(step.key, read.value);
    else if (step.does === 'delete') model.delete(step.key);
    else for (const [key, value] of modelList(model, step.range).slice(0, step.stopAfter)) read.take(key, value);
  }
  return read.value;
}

/** Whatever transactions do at the same time, against a model in a map. */
export function serialOrderConforms(conformant: Conformant): void {
  test('transactions at the same time come to what they come to in the order of their commits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key), actors, async (initial, all) => {
        await using opened = await conformant.open();
        const { store } = opened;
        await putNumbers(store, ...initial);
        const byName = new Map<string, Step[]>();
        for (const [actor, transactions] of all.entries()) {
          for (const [n, steps] of transactions.entries()) byName.set(`${actor}-${n}`, steps);
        }
        await Promise.all(
          all.map(async (transactions, actor) => {
            for (const [n, steps] of transactions.entries()) {
              await store.transact((tx) => perform(tx, `${actor}-${n}`, steps));
            }
          }),
        );
        // The events are numbered by the commits.
        const committed = (await store.events.read(0, 1_000)).map((event) => event.key);
        expect(committed.toSorted()).toEqual([...byName.keys()].toSorted());
        const model = new Map(initial.map((key) => [key, 0]));
        const read = committed.map((name) => [name, performOnModel(model, byName.get(name) ?? [])] as const);
        expect(await Array.fromAsync(store.list(logged), ({ key, value }) => [key, value])).toEqual(
          read.toSorted(([one], [other]) => (one < other ? -1 : 1)),
        );
        expect(await Array.fromAsync(store.list(numbers), ({ key, value }) => [key, value])).toEqual(
          modelList(model, {}),
        );
      }),
      { numRuns: conformant.runs },
    );
  });
}
