import { expect, test } from 'vitest';
import { suggestName } from '../../src/lib/nearest.ts';

const states = ['pending', 'running', 'succeeded', 'failed', 'unreachable'];

test.each([
  ['faild', 'did you mean "failed"?'],
  ['unreachabel', 'did you mean "unreachable"?'],
  ['runing', 'did you mean "running"?'],
  ['reach', 'did you mean "unreachable"?'],
  ['somewhere', 'use one of pending, running, succeeded, failed, unreachable'],
])('%s: %s', (name, suggestion) => {
  expect(suggestName(name, states)).toBe(suggestion);
});
