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
