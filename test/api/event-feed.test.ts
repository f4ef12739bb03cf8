import { expect, test } from 'vitest';
import { EventFeed } from '../../src/api/event-feed.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { EventLog, StoredEvent } from '../../src/store/contract.ts';
import { temporaryStore } from '../operations/support.ts';
import { FaultyStore } from '../support/faulty-store.ts';

test('an event that is told of again, at once or later, is one event to who follows', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  faulty.timesTold = ({ sequence }) => (sequence % 2) + 1;
  let tell: (event: StoredEvent) => void = () => {};
  const log: EventLog = {
    read: (after, limit) => faulty.events.read(after, limit),
    bounds: () => faulty.events.bounds(),
    removeThrough: (sequence) => faulty.events.removeThrough(sequence),
    subscribe: (listener) => {
      tell = listener;
      return faulty.events.subscribe(listener);
    },
  };
  using feed = new EventFeed({ log, clock: systemClock });
  let woken = 0;
  using _ = feed.listen({
    wake() {
      woken += 1;
    },
    beat() {},
  });
  const all: StoredEvent[] = [];
  for (let n = 1; n <= 6; n += 1) {
    const { events } = await store.commit(async (tx) => tx.emit({ type: 'thing', action: 'changed', key: String(n) }));
    all.push(...events);
  }
  for (const event of all.slice(0, 3)) tell(event);
  expect(woken).toBe(6);
  expect([feed.isPast(5), feed.isPast(6), await feed.position()]).toEqual([true, false, 6]);
  for (let position = 0; position <= 6; position += 1) {
    const page = await feed.after(position);
    expect(page.events.map(({ event }) => event)).toEqual(all.slice(position));
    expect(page).not.toHaveProperty('missing');
  }
});
