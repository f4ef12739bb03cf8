import { expect, test, vi } from 'vitest';
import { hashOf, nothingBefore } from '../../src/audit/chain.ts';
import type { AuditEntry } from '../../src/audit/entry.ts';
import { auditEntries, auditHeads, auditKey, headKey } from '../../src/audit/records.ts';
import { Trail } from '../../src/audit/trail.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { recordingLogger } from '../auth/support.ts';
import { writeRaw } from '../store/raw.ts';
import { until } from '../support/until.ts';
import { deed, type TrailBench, trailBench } from './support.ts';

/** Ten entries, /1 to /10. */
async function tenEntries(): Promise<TrailBench> {
  const bench = await trailBench();
  for (let n = 1; n <= 10; n += 1) await bench.trail.append(deed(`/${n}`));
  return bench;
}

test('what is written at the same time is in one chain, in the order it came', async () => {
  await using bench = await trailBench();
  await Promise.all(Array.from({ length: 200 }, (_, n) => bench.trail.append(deed(`/${n}`))));
  const entries = await bench.entries();
  expect(entries.map(({ sequence, target }) => ({ sequence, target }))).toEqual(
    Array.from({ length: 200 }, (_, n) => ({ sequence: n + 1, target: `/${n}` })),
  );
  expect(entries[0]?.previous).toBe(nothingBefore);
  expect(await bench.verdict()).toMatchObject({ whole: true, first: 1, last: { sequence: 200 } });
});

test('every appended entry is written, also when each waits for the one before', async () => {
  await using bench = await trailBench();
  const chains = Array.from({ length: 8 }, async (_, chain) => {
    for (let n = 0; n < 25; n += 1) await bench.trail.append(deed(`/${chain}/${n}`));
  });
  await Promise.all(chains);
  expect(await bench.verdict()).toMatchObject({ whole: true, last: { sequence: 200 } });
});

test('what nobody waits for is written at the end, and then nothing keeps the process', async () => {
  await using bench = await trailBench();
  const { store, logger } = bench;
  const { promise: asleep, resolve: fellAsleep } = Promise.withResolvers<AbortSignal | undefined>();
  const sleep = async (_ms: number, signal?: AbortSignal) => {
    fellAsleep(signal);
    await systemClock.sleep(3_600_000, signal);
  };
  {
    await using trail = new Trail({ store, clock: { ...systemClock, sleep }, logger, limit: 10 });
    trail.appendLater(deed('/late'));
    await asleep;
  }
  expect((await asleep)?.aborted).toBe(true);
  expect((await bench.entries()).map(({ target }) => target)).toEqual(['/late']);
});

/** As somebody would who can write to the store and knows how the hashes are made. */
const forged = (entry: AuditEntry, members: Partial<AuditEntry>): AuditEntry => {
  const changed = { ...entry, ...members } as AuditEntry;
  return { ...changed, hash: hashOf(changed) };
};

function unreadable(sequence: number): (bench: TrailBench) => Promise<void> {
  return ({ directory }) => writeRaw(directory, auditEntries.name, auditKey(sequence), (bytes) => bytes.subarray(1));
}

const tamperings: Array<
  [what: string, tamper: (bench: TrailBench) => Promise<void>, sequence: number, reason: RegExp]
> = [
  ['a changed name', ({ tamper }) => tamper(4, (entry) => ({ ...entry, who: 'bob' })), 4, /was changed/],
  [
    'a changed name with its own hash',
    ({ tamper }) => tamper(4, (entry) => forged(entry, { who: 'bob' })),
    5,
    /does not follow/,
  ],
  [
    'the newest changed with its own hash',
    ({ tamper }) => tamper(10, (entry) => forged(entry, { who: 'bob' })),
    10,
    /not the entry that the trail ended with/,
  ],
  ['an added member', ({ tamper }) => tamper(3, (entry) => Object.assign({}, entry, { note: 'x' })), 3, /was changed/],
  [
    'an entry that is none',
    ({ tamper }) => tamper(3, () => ({ sequence: 3 }) as AuditEntry),
    3,
    /not one of an audit trail/,
  ],
  ['an entry that is not JSON any more', unreadable(4), 4, /not one of an audit trail/],
  ['a newest entry that is not JSON any more', unreadable(10), 10, /not one of an audit trail/],
  ['a removed entry', ({ tamper }) => tamper(6, () => undefined), 6, /is missing/],
  ['a removed first entry', ({ tamper }) => tamper(1, () => undefined), 1, /is missing/],
  [
    'a cut tail',
    async ({ tamper }) => {
      for (const sequence of [8, 9, 10]) await tamper(sequence, () => undefined);
    },
    8,
    /missing at the end/,
  ],
  [
    'two entries that changed places',
    async ({ tamper, entries }) => {
      const [, second, third] = await entries();
      await tamper(2, () => third);
      await tamper(3, () => second);
    },
    2,
    /is missing: after 1 comes 3/,
  ],
  [
    'two entries that changed places and numbers',
    async ({ tamper, entries }) => {
      const [, second, third] = await entries();
      if (second === undefined || third === undefined) throw new Error('no entries');
      await tamper(2, () => forged(third, { sequence: 2 }));
      await tamper(3, () => forged(second, { sequence: 3 }));
    },
    2,
    /does not follow/,
  ],
];

test.each(tamperings)('%s is found, with the first entry that is wrong', async (_, tamper, sequence, reason) => {
  await using bench = await tenEntries();
  expect(await bench.verdict()).toMatchObject({ whole: true });
  await tamper(bench);
  expect(await bench.verdict()).toMatchObject({ whole: false, sequence, reason: expect.stringMatching(reason) });
});

test('a trail that was written anew as a whole is found by a hash that was noted', async () => {
  await using bench = await tenEntries();
  const noted = (await bench.entries())[7]?.hash ?? '';
  expect(await bench.verdict(noted)).toMatchObject({ whole: true });
  let previous = nothingBefore;
  for (let sequence = 1; sequence <= 10; sequence += 1) {
    await bench.tamper(sequence, (entry) => {
      const changed = forged(entry, { who: 'bob', previous });
      previous = changed.hash;
      return changed;
    });
  }
  await bench.store.transact(async (tx) => {
    const head = (await tx.get(auditHeads, headKey))?.value;
    if (head !== undefined) tx.put(auditHeads, headKey, { ...head, hash: previous });
  });
  expect(await bench.verdict()).toMatchObject({ whole: true });
  expect(await bench.verdict(noted)).toMatchObject({ whole: false, reason: expect.stringContaining(noted) });
});

test('a trail whose end was lost with its head goes on so that it shows', async () => {
  await using bench = await tenEntries();
  await bench.store.transact(async (tx) => tx.delete(auditHeads, headKey));
  const logger = recordingLogger();
  const next = new Trail({ store: bench.store, clock: systemClock, logger, limit: 1_000 });
  await next.begin();
  expect(logger.lines[0]).toMatch(/^error the audit trail does not end where it ended/);
  await next.append(deed('/11'));
  expect(await bench.verdict()).toMatchObject({ whole: false, sequence: 11 });
});

test('an entry that cannot be read keeps no server from its start, and shows for good', async () => {
  await using bench = await trailBench();
  for (const target of ['/1', '/2', '/3']) await bench.trail.append(deed(target));
  for (const sequence of [2, 3]) await unreadable(sequence)(bench);
  const logger = recordingLogger();
  const next = new Trail({ store: bench.store, clock: systemClock, logger, limit: 1_000 });
  await next.begin();
  await next.settled();
  expect(logger.lines[0]).toMatch(/^error the audit trail does not end where it ended/);
  expect(await bench.verdict()).toMatchObject({ whole: false, sequence: 2 });
  // What was begun has its end, whether it can be told what it was or not.
  expect((await bench.head())?.sequence).toBe(6);
  await expect(next.search({ filters: [], after: 0, limit: 10 })).rejects.toMatchObject({
    code: 'store_unusable',
    key: auditKey(3),
  });
});

test('past the limit the oldest go, and what is left is still whole', async () => {
  await using bench = await trailBench({ limit: 5 });
  for (let n = 1; n <= 12; n += 1) await bench.trail.append(deed(`/${n}`));
  expect((await bench.entries()).map(({ sequence }) => sequence)).toEqual([8, 9, 10, 11, 12]);
  expect(await bench.verdict()).toMatchObject({ whole: true, first: 8, last: { sequence: 12 }, removed: 7 });
  await bench.tamper(8, () => undefined);
  expect(await bench.verdict()).toMatchObject({ whole: false, sequence: 8 });
});

test('what was begun by a server that ended is said to be unknown by the next one, once', async () => {
  await using bench = await trailBench();
  const { sequence } = await bench.trail.append(deed('/begun'));
  const ended = await bench.trail.append(deed('/ended'));
  await bench.trail.append(deed('/ended', { result: 'done', begun: ended.sequence, status: 200 }));
  for (let starts = 0; starts < 2; starts += 1) {
    const next = new Trail({ store: bench.store, clock: systemClock, logger: recordingLogger(), limit: 1_000 });
    await next.begin();
    await next.settled();
  }
  const told = (await bench.entries()).slice(3);
  expect(told).toEqual([
    expect.objectContaining({ result: 'unknown', begun: sequence, target: '/begun', who: 'alice' }),
  ]);
});

test('a search waits for what was appended before it, and not for what others go on appending', async () => {
  await using bench = await trailBench();
  const { transact } = bench.store;
  const held: Array<() => void> = [];
  vi.spyOn(bench.store, 'transact').mockImplementation(async (work) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return transact.call(bench.store, work);
  });
  const letOneGo = async () => {
    await until(() => held.length > 0);
    held.shift()?.();
  };
  const first = bench.trail.append(deed('/1'));
  const second = bench.trail.append(deed('/2'));
  const search = bench.trail.search({ filters: [], after: 0, limit: 100 });
  const third = bench.trail.append(deed('/3'));
  await letOneGo();
  await first;
  await letOneGo();
  const fourth = bench.trail.append(deed('/4'));
  await second;
  await until(() => held.length > 0);
  // The write of the fourth is under way, and stays so while the search is answered.
  const { entries } = await search;
  expect(entries.map(({ target }) => target)).toEqual(['/3', '/2', '/1']);
  await letOneGo();
  await Promise.all([third, fourth]);
});

test('a search is answered when what was appended before it cannot be written', async () => {
  await using bench = await trailBench();
  vi.spyOn(bench.store, 'transact').mockRejectedValueOnce(new Error('the disk is full'));
  const refused = expect(bench.trail.append(deed('/1'))).rejects.toThrow('the disk is full');
  expect((await bench.trail.search({ filters: [], after: 0, limit: 100 })).entries).toEqual([]);
  await refused;
});
