import { expect, test } from 'vitest';
import { path } from '../../src/client/path.ts';

test.each([
  ['web', '/api/v0/cluster/web'],
  ['a/b?c#d é', '/api/v0/cluster/a%2Fb%3Fc%23d%20%C3%A9'],
  ['half \ud800', '/api/v0/cluster/half%20%EF%BF%BD'],
])('%j is encoded', (name, expected) => {
  expect(path`/cluster/${name}`).toBe(expected);
});
