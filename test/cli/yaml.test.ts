import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { toYaml, toYamlOnTerminal } from '../../src/cli/yaml.ts';

/** Reads documents, each as a JSON string, and prints the value that PyYAML gets of each as JSON. */
const pyYaml = `
import json, sys, yaml
for line in sys.stdin:
    print(json.dumps(yaml.load(json.loads(line), yaml.SafeLoader)))
`;

function asPyYamlReads(documents: readonly string[]): unknown[] {
  const input = documents.map((each) => `${JSON.stringify(each)}\n`).join('');
  const output = execFileSync('python3', ['-c', pyYaml], { input, maxBuffer: 256 * 1024 * 1024 }).toString();
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A generator with a seed, so that a failure can be repeated (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Texts that readers of YAML take for something else, or refuse. */
const awkward = [
  ...['=', '<<', '1e+21', '1e3', '.5', '0o7', '07', '0x1f', '0b1', '1_000', '12:30:45', '2001-12-14t21:59:43.10-05:00'],
  ...['y', 'No', 'on', 'OFF', 'true', '~', 'null', '.inf', '-.INF', '.nan', '', ' ', '\t', 'a\tb', '\u007f', '\u0085'],
  ...[
    'a\u2028b',
    '\u2029',
    '\ufeff',
    '\ufffe',
    '\ud800',
    '😀',
    '- a',
    '? a',
    ': ',
    'a: b',
    'a #b',
    '#',
    '&a',
    '*a',
    '!a',
  ],
  ...[
    '|',
    '>',
    '%YAML',
    '---',
    '...',
    '@',
    '`',
    '"',
    "'",
    '{',
    '[',
    ']',
    ',',
    'a\nb',
    'a\n',
    '\na',
    'a\n\n',
    ' a\n b',
    '\r',
  ],
  ...['a\r\nb', '\0', '\u001b[31m', 'a\tb\nc', 'x'.repeat(200), `${'word '.repeat(40)}end`, 'grün', '\u200bzero'],
];

function records(count: number): unknown[] {
  const random = randomNumbers(18);
  const below = (limit: number) => Math.floor(random() * limit);
  const text = () => {
    const parts = Array.from({ length: 1 + below(3) }, () => awkward[below(awkward.length)]);
    return random() < 0.5 ? String(parts[0]) : parts.join('');
  };
  const numbers = [0, -1, 1.5, 1e21, -1e21, 1e-7, 2.5e-9, 5e-324, 1.7976931348623157e308, 2 ** 53];
  const value = (depth: number): unknown => {
    const kind = below(depth === 0 ? 4 : 6);
    if (kind < 2) return text();
    if (kind === 2) return numbers[below(numbers.length)];
    if (kind === 3) return [true, false, null][below(3)];
    if (kind === 4) return Array.from({ length: below(4) }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: below(4) }, () => [text(), value(depth - 1)]));
  };
  return Array.from({ length: count }, () => ({ [text()]: value(2), name: value(2) }));
}

test.each([
  ['', toYaml],
  [' on a terminal', toYamlOnTerminal],
])('PyYAML and readers of YAML 1.1 and 1.2 get 10,000 records back as they were%s', (_where, write) => {
  const given = records(10_000);
  const documents = given.map(write);
  for (const [at, read] of asPyYamlReads(documents).entries()) expect(read, documents[at]).toEqual(given[at]);
  for (const version of ['1.1', '1.2'] as const) {
    for (const [at, document] of documents.entries()) {
      expect(parse(document, { version }), document).toEqual(given[at]);
    }
  }
});
