import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommitFeed, type DurableCommit } from '../../src/store/commit-feed.ts';
import { records } from '../../src/store/contract.ts';

const things = records('things');

function commitOf(revision: number): DurableCommit {
  const event = { sequence: revision, at: '', type: 'thing', action: 'changed', key: String(revision) };
  return { revision, written: [{ collection: 'things', key: String(revision) }], events: [event] };
}

/** What is told, in its order. */
function heardOf(feed: CommitFeed): string[] {
  const heard: string[] = [];
  feed.subscribe(({ key }) => heard.push(`event ${key}`));
  feed.watch([things], (written) => heard.push(...written.map(({ key, revision }) => `${key} at ${revision}`)));
  return heard;
}

const told = (revisions: readonly number[]) => revisions.flatMap((n) => [`${n} at ${n}`, `event ${n}`]);

test('commits are told of in their order, whichever is known first, and resolve when they were', async () => {
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray([4, 5, 6, 7, 8], { minLength: 5 }), async (order) => {
      const feed = new CommitFeed(3);
      const heard = heardOf(feed);
      await Promise.all(
        order.map(async (revision) => {
          await feed.tell(commitOf(revision));
          expect(heard).toContain(`event ${revision}`);
        }),
      );
      expect(heard).toEqual(told([4, 5, 6, 7, 8]));
    }),
  );
});

test('after a commit of which nobody knows whether it has a number, nobody waits for it', async () => {
  const feed = new CommitFeed(0);
  const heard = heardOf(feed);
  const waiting = [feed.tell(commitOf(3)), feed.tell(commitOf(2))];
  expect(heard).toEqual([]);
  feed.lostTrack();
  await Promise.all(waiting);
  await feed.tell(commitOf(5));
  expect(heard).toEqual(told([2, 3, 5]));
});
