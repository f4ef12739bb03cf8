import { expect, test } from 'vitest';
import { spanPlaceIn, traceparentOf } from '../../src/lib/tracing.ts';

const [traceId, spanId] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];

test.each([
  [`00-${traceId}-${spanId}-01`, true],
  [`00-${traceId}-${spanId}-00`, false],
  [`00-${traceId}-${spanId}-03`, true],
  // A later version may say more.
  [`01-${traceId}-${spanId}-01-more`, true],
])('%s names a span', (header, isSampled) => {
  expect(spanPlaceIn(header)).toEqual({ traceId, spanId, isSampled });
});

test.each([
  [null],
  [''],
  [`ff-${traceId}-${spanId}-01`],
  [`00-${traceId}-${spanId}-01-more`],
  [`00-${'0'.repeat(32)}-${spanId}-01`],
  [`00-${traceId}-${'0'.repeat(16)}-01`],
  [`00-${traceId.toUpperCase()}-${spanId}-01`],
  [`00-${traceId}-${spanId}`],
  [`00-${traceId}-${spanId}-1`],
])('%s is ignored', (header) => {
  expect(spanPlaceIn(header)).toBeUndefined();
});

test('what is written is read again', () => {
  for (const isSampled of [true, false]) {
    const place = { traceId, spanId, isSampled };
    expect(spanPlaceIn(traceparentOf(place))).toEqual(place);
  }
});
