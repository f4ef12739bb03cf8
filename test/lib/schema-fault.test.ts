import { Type as t } from '@sinclair/typebox';
import { expect, test } from 'vitest';
import { schemaFault } from '../../src/lib/schema-fault.ts';
import { CopyParameters } from '../../src/operations/kinds/copy.ts';

const content = 'aGVsbG8K';

test.each([
  { name: 'a content to a path that is not absolute', given: { content, path: 'etc/motd' }, path: '/path' },
  { name: 'a source that is not absolute', given: { source: 'motd', path: '/etc/motd' }, path: '/source' },
  {
    name: 'a file whose mode is none',
    given: { files: [{ path: 'a', content, mode: 'rw' }], path: '/a' },
    path: '/files/0/mode',
  },
  { name: 'a content with a mode that is none', given: { content, path: '/a', mode: 'rw' }, path: '/mode' },
  { name: 'two ways at once, of which neither is nearer', given: { content, source: '/a', path: '/a' }, path: '' },
])('of what can be given in several ways the fault is told in the nearest one: $name', ({ given, path }) => {
  expect(schemaFault(CopyParameters, given)).toMatchObject({ pointer: path, problem: expect.any(String) });
});

test('what is as it should be has no fault', () => {
  expect(schemaFault(CopyParameters, { content, path: '/etc/motd' })).toBeUndefined();
  expect(schemaFault(t.Object({}), {})).toBeUndefined();
});
