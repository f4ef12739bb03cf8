import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Lateness } from '../../src/lib/lateness.ts';
import { type HandshakeEnd, HandshakeWindow, type WindowReason } from '../../src/ssh/handshake-window.ts';
import { DrivenClock } from './driven-clock.ts';

const roundTripMs = 5;
const deadlineMs = 10_000;

/** Machines on which handshakes are tried, all at once, in a time of its own. */
function site(ceiling: number) {
  const clock = new DrivenClock();
  const window = new HandshakeWindow({ clock, ceiling });
  const limits: number[] = [];
  const limitsAtEntry: number[] = [];
  const reasons = new Set<WindowReason>();
  const handshake = async (answers: boolean, latency: () => number, end: HandshakeEnd) => {
    const place = await window.enter();
    limitsAtEntry.push(window.state.limit);
    await clock.sleep(roundTripMs);
    if (answers) place.advance();
    await clock.sleep(latency());
    place.end(end);
    limits.push(window.state.limit);
    reasons.add(window.state.reason);
  };
  const many = (count: number, work: () => Promise<void>) => Promise.all(Array.from({ length: count }, work));
  return {
    window,
    clock,
    limits,
    /** As each handshake found it, so without those at the end that nobody waits behind. */
    limitsAtEntry,
    reasons,
    run: <T>(work: Promise<T>) => clock.runUntil(work),
    /** Each handshake takes `latency`, which may depend on how many are under way. */
    healthy: (count: number, latency: (underWay: number) => number) =>
      many(count, () => handshake(true, () => latency(window.state.underWay), 'completed')),
    /** They do not answer until the deadline. */
    silent: (count: number) => many(count, () => handshake(false, () => deadlineMs, 'other')),
    /** They answer, and then fall silent. */
    freezing: (count: number) => many(count, () => handshake(true, () => deadlineMs, 'other')),
    crawling: (count: number) => many(count, () => handshake(true, () => deadlineMs, 'crawled')),
    exhausted: (count: number) => many(count, () => handshake(false, () => 0, 'exhausted')),
  };
}

describe('the limit', () => {
  test('starts small and says so', () => {
    const { window } = site(100);
    expect(window.state).toEqual({ limit: 16, underWay: 0, waiting: 0, latencyMs: null, reason: 'starting' });
  });

  test('grows to the ceiling while handshakes are as fast as ever', async () => {
    const { window, run, healthy, limits } = site(100);
    await run(healthy(400, () => 50));
    expect(window.state).toEqual({ limit: 100, underWay: 0, waiting: 0, latencyMs: 50, reason: 'ceiling' });
    expect(limits).toEqual(limits.toSorted((a, b) => a - b));
  });

  test('stays where nobody waits for more', async () => {
    const { window, run, healthy } = site(100);
    for (let n = 0; n < 10; n += 1) await run(healthy(16, () => 50));
    expect(window.state.limit).toBe(16);
  });

  test('is lowered when handshakes become much slower, and settles below what made them so', async () => {
    const { window, run, healthy } = site(256);
    await run(healthy(2_000, (underWay) => (underWay > 60 ? underWay * 40 : 20)));
    expect(window.state.limit).toBeLessThan(90);
    expect(window.state.limit).toBeGreaterThan(20);
  });

  test('is held where they become slower, but not by much', async () => {
    const { window, run, healthy, limits, reasons } = site(256);
    await run(healthy(800, (underWay) => 20 * underWay));
    expect([...reasons]).toEqual(expect.arrayContaining(['growing', 'steady']));
    expect(reasons).not.toContain('slow');
    expect(window.state.limit).toBe(Math.max(...limits));
    expect(window.state.limit).toBeLessThan(100);
  });

  test('is not lowered for good by machines that are far away', async () => {
    const { window, run, healthy } = site(64);
    await run(healthy(100, () => 10));
    await run(healthy(400, () => 3_000));
    expect(window.state).toMatchObject({ limit: 64, latencyMs: 3_000 });
  });

  test('is not lowered by some slow machines among fast ones', async () => {
    const { run, healthy, limitsAtEntry } = site(64);
    let n = 0;
    await run(
      healthy(600, () => {
        n += 1;
        return n % 3 === 0 ? 9_000 : 10;
      }),
    );
    expect(limitsAtEntry).toEqual(limitsAtEntry.toSorted((a, b) => a - b));
    expect(limitsAtEntry.at(-1)).toBe(64);
  });

  test.each(['crawling', 'exhausted'] as const)('is lowered once for all that were %s at once', async (how) => {
    const world = site(64);
    await world.run(world[how](16));
    expect(world.window.state).toMatchObject({ limit: 11, reason: how === 'crawling' ? 'slow' : 'exhausted' });
  });

  test.each([
    ['silent', 60],
    ['freezing', 60],
  ] as const)('is not lowered by %s machines', async (how, count) => {
    const world = site(64);
    await world.run(world.healthy(200, () => 10));
    await world.run(world[how](count));
    expect(world.window.state).toMatchObject({ limit: 64, reason: 'ceiling' });
  });

  test.each(['silent', 'freezing'] as const)(
    'leaves none waiting behind %s machines for their deadline',
    async (how) => {
      const world = site(64);
      const hung = world[how](16);
      await world.run(world.healthy(200, () => 10));
      expect(world.clock.monotonic()).toBeLessThan(3_000);
      expect(world.window.state.underWay).toBe(16);
      await world.run(hung);
      expect(world.window.state.underWay).toBe(0);
    },
  );

  test('counts a machine again that goes on after a while', async () => {
    const { window, clock, run } = site(16);
    const places = await Promise.all(Array.from({ length: 16 }, () => window.enter()));
    const next = await run(window.enter());
    expect(clock.monotonic()).toBe(2_000);
    for (const place of places) place.advance();
    next.end('completed');
    let admitted = 0;
    const later = Promise.all([0, 1].map(() => window.enter().then(() => (admitted += 1))));
    await new Promise(setImmediate);
    expect(admitted).toBe(0);
    for (const place of places.slice(0, 2)) place.end('completed');
    await later;
  });
});

/** Told by hand. */
class ToldLateness implements Lateness {
  #tell: ((ms: number) => void) | undefined;

  get isWatched(): boolean {
    return this.#tell !== undefined;
  }

  watch(tell: (ms: number) => void): Disposable {
    this.#tell = tell;
    return {
      [Symbol.dispose]: () => {
        this.#tell = undefined;
      },
    };
  }

  tell(...times: readonly number[]): void {
    for (const ms of times) this.#tell?.(ms);
  }
}

describe('a server with its hands full', () => {
  /** So many handshakes that take 50 ms, while the server is so late all the time. */
  async function worked(late: (underWay: number) => number, { ceiling = 100, handshakes = 600 } = {}) {
    const clock = new DrivenClock();
    const lateness = new ToldLateness();
    const window = new HandshakeWindow({ clock, ceiling, lateness });
    const seen: Array<{ limit: number; reason: WindowReason }> = [];
    const handshake = async () => {
      const place = await window.enter();
      place.advance();
      await clock.sleep(50);
      lateness.tell(late(window.state.underWay));
      place.end('completed');
      const { limit, reason } = window.state;
      seen.push({ limit, reason });
    };
    await clock.runUntil(Promise.all(Array.from({ length: handshakes }, handshake)));
    return { window, lateness, seen };
  }

  test('has no more handshakes at once than keep others waiting for a moment', async () => {
    const { seen } = await worked((underWay) => underWay / 4);
    const later = seen.slice(300).map(({ limit }) => limit);
    expect(Math.max(...later)).toBeLessThan(70);
    expect(Math.min(...later)).toBeGreaterThanOrEqual(16);
    expect(seen.slice(300).map(({ reason }) => reason)).toContain('busy');
  });

  test('has some all the same, however late it is', async () => {
    const { window } = await worked(() => 500);
    expect(window.state).toMatchObject({ limit: 16, reason: 'busy' });
  });

  test('is not late because of single pauses', async () => {
    let n = 0;
    const { window } = await worked(() => {
      n += 1;
      return n % 3 === 0 ? 300 : 1;
    });
    expect(window.state).toMatchObject({ limit: 100, reason: 'ceiling' });
  });

  test('goes on growing once it has the time', async () => {
    let n = 0;
    const { window } = await worked(
      () => {
        n += 1;
        return n < 300 ? 100 : 1;
      },
      { ceiling: 40, handshakes: 900 },
    );
    expect(window.state).toMatchObject({ limit: 40, reason: 'ceiling' });
  });

  test('keeps to a ceiling below what it has at least', async () => {
    const { window } = await worked(() => 500, { ceiling: 6, handshakes: 60 });
    expect(window.state.limit).toBe(6);
  });

  test('looks only while handshakes are under way', async () => {
    const { window, lateness } = await worked(() => 0);
    expect(lateness.isWatched).toBe(false);
    const place = await window.enter();
    expect(lateness.isWatched).toBe(true);
    place.end('completed');
    expect(lateness.isWatched).toBe(false);
  });
});

test('one that stops waiting leaves its turn to the next', async () => {
  const { window } = site(1);
  const place = await window.enter();
  const abort = new AbortController();
  const leaving = expect(window.enter(abort.signal)).rejects.toThrow('enough');
  const staying = window.enter();
  expect(window.state).toMatchObject({ underWay: 1, waiting: 2 });
  abort.abort(new Error('enough'));
  await leaving;
  expect(window.state.waiting).toBe(1);
  place.end('other');
  place.end('other');
  (await staying).end('completed');
  expect(window.state).toMatchObject({ underWay: 0, waiting: 0 });
});

const anyHandshake = fc.record({
  answers: fc.boolean(),
  ms: fc.integer({ min: 0, max: 15_000 }),
  end: fc.constantFrom<HandshakeEnd>('completed', 'crawled', 'exhausted', 'other'),
});

test('whatever happens: within its bounds, nobody is forgotten, and no place is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 80 }),
      fc.array(anyHandshake, { maxLength: 150 }),
      async (ceiling, handshakes) => {
        const clock = new DrivenClock();
        const window = new HandshakeWindow({ clock, ceiling });
        const limits: number[] = [];
        let ended = 0;
        await clock.runUntil(
          Promise.all(
            handshakes.map(async ({ answers, ms, end }) => {
              const place = await window.enter();
              limits.push(window.state.limit);
              if (answers) place.advance();
              await clock.sleep(ms);
              place.end(end);
              ended += 1;
              limits.push(window.state.limit);
            }),
          ),
        );
        expect(ended).toBe(handshakes.length);
        expect(window.state).toMatchObject({ underWay: 0, waiting: 0 });
        for (const limit of limits) {
          expect(limit).toBeGreaterThanOrEqual(Math.min(4, ceiling));
          expect(limit).toBeLessThanOrEqual(ceiling);
        }
      },
    ),
    { numRuns: 60 },
  );
});
