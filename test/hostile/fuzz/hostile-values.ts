import type { Random } from './random.ts';

/** A piece of JSON text, or of what pretends to be it, under the name of the trick it is. */
export interface Trick {
  readonly name: string;
  readonly text: string;
}

const nested = (depth: number): Trick[] => [
  { name: `${depth} arrays`, text: '['.repeat(depth) + ']'.repeat(depth) },
  { name: `${depth} objects`, text: `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}` },
];

const depths = [64, 65, 10_000, 100_000].flatMap(nested);

const numbers: Trick[] = ['1e999', '-1e999', '-0', '9007199254740993', '9007199254740992', '1e-400', 'NaN', 'Infinity']
  .concat(['007', '+1', '.5', '1.', '0x10', '1e', '-1', '1.5', '2147483648', '4294967296', '1e21', '9'.repeat(100_000)])
  .map((text) => ({ name: `number ${text.slice(0, 20)}`, text }));

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', 'length'];

const prototypes: Trick[] = names
  .map((name) => JSON.stringify(name))
  .flatMap((name) => [name, `{${name}:1}`, `{${name}:{${name}:{}}}`, `[${name}]`])
  .concat(['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'])
  .map((text) => ({ name: `prototype ${text}`, text }));

/** Objects that cannot be made a text of, where a text belongs. */
const withoutText: Trick[] = [
  '{"toString":1}',
  '{"toString":null,"valueOf":null}',
  '{"toString":{}}',
  '[{"toString":1}]',
].map((text) => ({ name: `without text ${text}`, text }));

const texts: Trick[] = [
  { name: 'lone high surrogate', text: '"\\ud800"' },
  { name: 'lone low surrogate', text: '"\\udc00a"' },
  { name: 'surrogates the wrong way round', text: '"\\udc00\\ud800"' },
  { name: 'U+0000', text: '"a\\u0000b"' },
  { name: 'controls', text: '"\\u001b[2J\\u0007\\r\\n\\u009b\\u202e"' },
  { name: 'a control as it is', text: '"a\u0001b"' },
  { name: 'a bad escape', text: '"\\x41"' },
  { name: 'empty', text: '""' },
  { name: 'white space', text: '" \\t\\n"' },
  { name: 'a path', text: '"../../../../etc/passwd"' },
  { name: 'combining marks', text: `"a${'\u0301'.repeat(5_000)}"` },
  { name: 'text of 300', text: `"${'a'.repeat(300)}"` },
  { name: 'text of 140,000', text: `"${'a'.repeat(140_000)}"` },
  { name: 'text of a million', text: `"${'a'.repeat(1_000_000)}"` },
  { name: 'stars', text: `"${'*a'.repeat(500)}b"` },
  { name: 'nested parentheses', text: `"${'('.repeat(50_000)}"` },
  { name: 'many terms', text: `"all${'|all'.repeat(900)}"` },
  { name: 'a wide node set', text: '"host:n[1-99999]"' },
  { name: 'a wider node set', text: '"host:n[1-999][1-999][1-999]"' },
  { name: 'a node set without end', text: '"host:n[0-99999999999999999999]"' },
];

const kinds: Trick[] = ['null', 'true', 'false', '0', '[]', '{}', '[[]]', '[{}]', '[null]', '{"":{}}', ''].map(
  (text) => ({ name: `instead ${text}`, text }),
);

/** Large ones are made when they are wanted: all of them at once are some tens of megabytes. */
const many: ReadonlyArray<(random: Random) => Trick> = [
  () => ({ name: '100,000 numbers', text: `[${'1,'.repeat(99_999)}1]` }),
  () => ({ name: '30,000 objects', text: `[${'{"a":1},'.repeat(29_999)}{}]` }),
  () => ({ name: '5,000 texts', text: `[${Array.from({ length: 5_000 }, (_, index) => `"n${index}"`).join()}]` }),
  () => ({
    name: '40,000 members',
    text: `{${Array.from({ length: 40_000 }, (_, index) => `"m${index}":${index}`).join()}}`,
  }),
  () => ({ name: 'the same member 40,000 times', text: `{${'"a":1,'.repeat(40_000)}"a":2}` }),
  () => ({ name: 'a long name', text: `{"${'n'.repeat(140_000)}":1}` }),
];

/** What stands where something else belongs. */
export function hostileValue(random: Random): Trick {
  const kind = random.below(100);
  if (kind < 12) return random.pick(depths);
  if (kind < 18) return random.pick(many)(random);
  if (kind < 35) return random.pick(numbers);
  if (kind < 45) return random.pick(prototypes);
  if (kind < 55) return random.pick(withoutText);
  if (kind < 80) return random.pick(texts);
  return random.pick(kinds);
}

/** A name of a member that nobody expects, as JSON. */
export function hostileName(random: Random): string {
  return random.pick([...names.map((name) => JSON.stringify(name)), '""', '"\\u0000"', '"\\ud800"', '"a/b"', '"~0"']);
}
