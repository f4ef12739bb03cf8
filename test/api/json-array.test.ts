import { expect, test } from 'vitest';
import { jsonArray } from '../../src/api/json-array.ts';

async function* counted(count: number, size: number, read: number[] = []): AsyncGenerator<object> {
  for (let n = 0; n < count; n += 1) {
    read.push(n);
    yield { n, text: 'é'.repeat(size) };
  }
}

test.each([
  [0, 10],
  [1, 10],
  [3, 10],
  [40, 100_000],
  [1, 3_000_000],
])('%i records of %i characters are an array', async (count, size) => {
  const response = await jsonArray(counted(count, size), { 'x-total-count': String(count) });
  expect(response.headers.get('x-total-count')).toBe(String(count));
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(await response.json()).toEqual(await Array.fromAsync(counted(count, size)));
});

test('of very many no more are read than somebody asks for, and none once nobody does', async () => {
  const read: number[] = [];
  const response = await jsonArray(counted(1_000, 100_000, read), {});
  const reader = response.body?.getReader();
  for (let part = 0; part < 5; part += 1) await reader?.read();
  expect(read.length).toBeLessThan(20);
  await reader?.cancel();
  expect(read.length).toBeLessThan(20);
});
