import { expect, test } from 'vitest';
import { Patience } from '../../src/cli/patience.ts';
import { NoServerError } from '../../src/client/no-server-error.ts';
import { ProblemError } from '../../src/client/problem-error.ts';

/** A clock that a test sets. */
class SetClock {
  time = 0;
  now = () => new Date(this.time);
  monotonic = () => this.time;
  sleep = () => Promise.resolve();
}

const lost = () =>
  Promise.reject(new NoServerError([{ endpoint: 'http://jump', reason: 'connection refused', isUntrusted: false }]));

function refused(status: number) {
  return () =>
    Promise.reject(
      new ProblemError({
        status,
        code: undefined,
        detail: `status ${status}`,
        hint: undefined,
        requestId: undefined,
        members: {},
      }),
    );
}

test('bears with five minutes without an answer, and no more', async () => {
  const clock = new SetClock();
  const patience = new Patience(clock);
  expect(await patience.attempt(lost)).toMatchObject({ kind: 'lost', isFirst: true });
  clock.time = 299_999;
  expect(await patience.attempt(lost)).toMatchObject({ kind: 'lost', isFirst: false });
  clock.time = 300_000;
  await expect(patience.attempt(lost)).rejects.toBeInstanceOf(NoServerError);
});

test('an answer in between begins the five minutes anew', async () => {
  const clock = new SetClock();
  const patience = new Patience(clock);
  await patience.attempt(lost);
  clock.time = 200_000;
  expect(await patience.attempt(() => Promise.resolve(7))).toEqual({ kind: 'answered', value: 7 });
  clock.time = 400_000;
  expect(await patience.attempt(lost)).toMatchObject({ kind: 'lost', isFirst: true });
});

test.each([502, 503, 504])('%i is a server that is away', async (status) => {
  expect(await new Patience(new SetClock()).attempt(refused(status))).toMatchObject({ kind: 'lost' });
});

test.each([403, 404, 500])('%i is an answer', async (status) => {
  await expect(new Patience(new SetClock()).attempt(refused(status))).rejects.toThrow(`status ${status}`);
});
