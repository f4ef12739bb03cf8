import { Type as t } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { defineKind } from '../../src/operations/define-kind.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { readState } from '../../src/operations/records.ts';
import { engineOn, request, runToEnd, temporaryStore } from './support.ts';

const parameters = t.Object({ version: t.String({ minLength: 1 }), quiet: t.Optional(t.Boolean()) });

function kindSaying(seen: unknown[]) {
  return defineKind({
    name: 'act',
    parameters,
    disrupts: ({ quiet }) => quiet !== true,
    steps: (given) => {
      seen.push(given);
      const run = async () => succeeded(0);
      return [{ name: 'act', acts: [], run, judge: run }];
    },
  });
}

test('a kind gets its parameters as its schema has them, once for an operation', async () => {
  await using store = temporaryStore();
  const seen: unknown[] = [];
  const kind = kindSaying(seen);
  await runToEnd(engineOn(store, [kind]), request({ parameters: { version: '7.1' } }), ['h1', 'h2', 'h3']);
  expect(seen).toEqual([{ version: '7.1' }]);
  expect(kind.disrupts?.({ version: '7.1', quiet: true })).toBe(false);
  expect(kind.disrupts?.({ version: '7.1' })).toBe(true);
});

test('parameters that an earlier build kept and nobody can read any more fail on each host, and the operation ends', async () => {
  await using store = temporaryStore();
  const kind = kindSaying([]);
  const id = await runToEnd(engineOn(store, [kind]), request({ parameters: { version: {} } }), ['h1']);
  const { operation, hosts } = await readState(store, id);
  expect(operation.finished_at).not.toBe('');
  expect(hosts.get('h1')).toMatchObject({
    state: 'failed',
    error: {
      code: 'invalid_member',
      message: expect.stringContaining('the operation has no steps for its parameters'),
    },
  });
});

test.each([
  ['none', []],
  ['two of one name', ['a', 'a']],
])('a kind with %s of steps works on no host', async (_, names) => {
  await using store = temporaryStore();
  const run = async () => succeeded(0);
  const steps = names.map((name) => ({ name, acts: [], run, judge: run }));
  const kind = defineKind({ name: 'act', parameters: t.Object({}), steps: () => steps });
  const id = await runToEnd(engineOn(store, [kind]), request(), ['h1']);
  expect((await readState(store, id)).hosts.get('h1')).toMatchObject({ state: 'failed' });
});
