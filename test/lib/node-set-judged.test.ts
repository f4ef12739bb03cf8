import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandNodeSet, foldNodeSet } from '../../src/lib/node-set.ts';

/** Reads node sets, a line each, and prints their names. */
const expander = [
  'import sys',
  'from ClusterShell.NodeSet import NodeSet',
  'for line in sys.stdin: print(" ".join(sorted(NodeSet(line.rstrip("\\n")))))',
].join('\n');

/** ClusterShell of Debian, for the Python of Debian. */
function namesOfClusterShell(nodeSets: readonly string[]): string[][] {
  const output = execFileSync('/usr/bin/python3', ['-c', expander], {
    input: `${nodeSets.join('\n')}\n`,
    encoding: 'utf8',
  });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '));
}

const range = fc
  .record({
    first: fc.nat(12),
    length: fc.nat(9),
    width: fc.constantFrom(0, 0, 2, 3),
    step: fc.constantFrom(1, 1, 2, 5),
  })
  .map(({ first, length, width, step }) => {
    const text = (value: number) => String(value).padStart(width, '0');
    if (length === 0) return text(first);
    return `${text(first)}-${text(first + length)}${step === 1 ? '' : `/${step}`}`;
  })
  // A range has one width.
  .filter((text) => {
    const [first = '', last = first] = text.split(/[-/]/);
    return !(first.length > 1 && first.startsWith('0')) || first.length === last.length;
  });
const ranges = fc.array(range, { minLength: 1, maxLength: 3 }).map((all) => `[${all.join(',')}]`);
// Behind a range with a step ClusterShell takes no digits, and behind none another range at once.
const name = fc
  .tuple(
    fc.constantFrom('', 'n', 'web-', '10.0.', 'a.b'),
    ranges,
    fc.option(fc.tuple(fc.constantFrom('n', '.rack', '-'), ranges)),
    fc.constantFrom('', '.example.com', 'x'),
  )
  .map(([prefix, first, second, end]) => [prefix, first, ...(second ?? []), end].join(''));
const nodeSet = fc.array(fc.oneof(name, fc.constantFrom('db1', 'db01', 'localhost')), { minLength: 1, maxLength: 3 });

test('generated node sets have the names that ClusterShell gives them, also when folded', () => {
  const sets = fc.sample(nodeSet, { numRuns: 1_000 }).map((names) => names.join(','));
  const ours = sets.map((text) => expandNodeSet(text).toSorted());
  expect(ours).toEqual(namesOfClusterShell(sets));
  expect(namesOfClusterShell(ours.map((names) => foldNodeSet(names)))).toEqual(ours);
});
