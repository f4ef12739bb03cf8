import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOpen, isTimeZone, nextOpening, type Window } from '../../src/operations/window.ts';

const nightly: Window = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '04:00', time_zone: 'UTC' };
const day: Window = { days: ['mon'], from: '09:00', to: '17:00', time_zone: 'UTC' };
const sunday = (from: string, to: string): Window => ({ days: ['sun'], from, to, time_zone: 'Europe/Berlin' });

/** 2 March 2026 is a Monday; in Berlin summer time begins on 29 March and ends on 25 October 2026, both Sundays. */
const cases: [what: string, window: Window, at: string, open: boolean, next: string][] = [
  ['before it begins', day, '2026-03-02T08:59:59Z', false, '2026-03-02T09:00:00.000Z'],
  ['as it begins', day, '2026-03-02T09:00:00Z', true, '2026-03-02T09:00:00.000Z'],
  ['its last minute', day, '2026-03-02T16:59:00Z', true, '2026-03-02T16:59:00.000Z'],
  ['as it ends', day, '2026-03-02T17:00:00Z', false, '2026-03-09T09:00:00.000Z'],
  ['another day', day, '2026-03-03T12:00:00Z', false, '2026-03-09T09:00:00.000Z'],
  ['over midnight, before', nightly, '2026-03-02T23:30:00Z', true, '2026-03-02T23:30:00.000Z'],
  ['over midnight, after', nightly, '2026-03-03T03:59:00Z', true, '2026-03-03T03:59:00.000Z'],
  ['over midnight, ended', nightly, '2026-03-03T04:00:00Z', false, '2026-03-03T22:00:00.000Z'],
  ['the morning after its last day', nightly, '2026-03-07T03:00:00Z', true, '2026-03-07T03:00:00.000Z'],
  ['the morning before its first day', nightly, '2026-03-02T03:00:00Z', false, '2026-03-02T22:00:00.000Z'],
  ['the evening of a day it does not begin on', nightly, '2026-03-07T23:00:00Z', false, '2026-03-09T22:00:00.000Z'],
  ['winter time', sunday('03:00', '05:00'), '2026-03-22T01:59:00Z', false, '2026-03-22T02:00:00.000Z'],
  ['summer time begins', sunday('03:00', '05:00'), '2026-03-29T00:59:00Z', false, '2026-03-29T01:00:00.000Z'],
  [
    'over the hour that is left out',
    sunday('01:00', '04:00'),
    '2026-03-29T01:59:00Z',
    true,
    '2026-03-29T01:59:00.000Z',
  ],
  ['ends sooner by it', sunday('01:00', '04:00'), '2026-03-29T02:00:00Z', false, '2026-04-04T23:00:00.000Z'],
  [
    'within the hour left out: a week later',
    sunday('02:00', '03:00'),
    '2026-03-28T12:00:00Z',
    false,
    '2026-04-05T00:00:00.000Z',
  ],
  [
    'within it, asked a week before',
    sunday('02:00', '03:00'),
    '2026-03-22T02:00:00Z',
    false,
    '2026-04-05T00:00:00.000Z',
  ],
  [
    'the hour that comes twice, first',
    sunday('02:00', '03:00'),
    '2026-10-25T00:30:00Z',
    true,
    '2026-10-25T00:30:00.000Z',
  ],
  [
    'the hour that comes twice, again',
    sunday('02:00', '03:00'),
    '2026-10-25T01:59:00Z',
    true,
    '2026-10-25T01:59:00.000Z',
  ],
  ['and then it is over', sunday('02:00', '03:00'), '2026-10-25T02:00:00Z', false, '2026-11-01T01:00:00.000Z'],
  ['a part of a minute is rounded up', day, '2026-03-02T08:59:30.500Z', false, '2026-03-02T09:00:00.000Z'],
];

test.each(cases)('%s', (_, window, at, open, next) => {
  expect([isOpen(window, new Date(at)), nextOpening(window, new Date(at)).toISOString()]).toEqual([open, next]);
});

test.each([
  ['Europe/Berlin', true],
  ['UTC', true],
  ['Mars/North', false],
  ['', false],
])('%j is a time zone: %s', (name, known) => {
  expect(isTimeZone(name)).toBe(known);
});

const clock = fc.tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 })).map(([hours, minutes]) => {
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
});
/** Around the days on which clocks are set, in either hemisphere, by an hour or by half of one. */
const windows = fc.record({
  days: fc.uniqueArray(fc.constantFrom(...nightly.days, 'sat' as const, 'sun' as const), {
    minLength: 1,
    maxLength: 3,
  }),
  from: fc.oneof(clock, fc.constantFrom('01:30', '02:00', '02:30', '03:00')),
  to: clock,
  time_zone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'UTC'),
});
const moments = fc
  .tuple(
    fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-04', '2026-09-06', '2026-10-25', '2026-11-01'),
    fc.nat({ max: 3 * 1440 }),
  )
  .map(([day, minutes]) => new Date(Date.parse(`${day}T00:00:00Z`) + (minutes - 2 * 1440) * 60_000));

test('it opens in the first minute in which it is open', () => {
  fc.assert(
    fc.property(windows, moments, (window, after) => {
      fc.pre(window.from !== window.to);
      const opens = nextOpening(window, after);
      expect(isOpen(window, opens)).toBe(true);
      // Before it, no minute of the last hours, nor any of some others.
      const waited = (opens.getTime() - after.getTime()) / 60_000;
      const earlier = [...Array.from({ length: Math.min(waited, 400) }, (_, index) => index + 1), waited / 2, waited];
      for (const minutes of earlier.map(Math.floor).filter((each) => each > 0 && each <= waited)) {
        expect(isOpen(window, new Date(opens.getTime() - minutes * 60_000))).toBe(false);
      }
    }),
    { numRuns: 60 },
  );
});
