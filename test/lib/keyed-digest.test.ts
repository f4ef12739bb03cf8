import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedDigest } from '../../src/lib/keyed-digest.ts';

const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 900, maxLength: 5_000 })));

test('it is the HMAC of each text, whatever came before', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), texts, (key, all) => {
      const digest = new KeyedDigest(key);
      for (const text of all) {
        expect(digest.of(text)).toBe(createHmac('sha256', key).update(text).digest('base64'));
      }
    }),
    { numRuns: 200 },
  );
});

test('a key that would have to be shortened is refused', () => {
  expect(() => new KeyedDigest(new Uint8Array(65))).toThrow(RangeError);
});
