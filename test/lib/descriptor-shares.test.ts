import { expect, test } from 'vitest';
import { shareDescriptors } from '../../src/lib/descriptor-shares.ts';

test.each([64, 65, 100, 128, 256, 1024, 4096, 1_048_576])('of %i the shares leave what the rest needs', (limit) => {
  const { connections, sessions } = shareDescriptors(limit);
  const rest = limit - connections - sessions;
  expect(rest).toBeGreaterThanOrEqual(Math.max(40, Math.min(128, limit / 2)));
  expect(rest).toBeLessThanOrEqual(130);
  expect(Math.min(connections, sessions)).toBeGreaterThanOrEqual(12);
});

test('of less than the rest needs there is nothing to share', () => {
  expect(shareDescriptors(32)).toEqual({ connections: 0, sessions: 0 });
});
