import { expect, test } from 'vitest';
import { collectGarbage, systemMemory } from '../../src/server/garbage.ts';
import { until } from '../support/until.ts';

test('what nothing refers to any more is given back while the process grows', async () => {
  let collections = 0;
  using _garbage = collectGarbage({
    ...systemMemory,
    collect() {
      collections += 1;
      systemMemory.collect();
    },
  });
  const held: Uint8Array[] = [];
  await until(() => {
    held.push(new Uint8Array(4 * 1024 * 1024).fill(1));
    return collections > 1;
  });
  // Not at every look, but for what was added since the last one.
  expect(held.length).toBeGreaterThan(2 * 7);
});
