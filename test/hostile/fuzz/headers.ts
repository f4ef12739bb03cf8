import type { Random } from './random.ts';

/** Whether the body is sent at once with its length, or in chunks. */
export type Framing = 'length' | 'chunks';

/** Headers of a request, one or several of a name. Values have no line ends: what breaks the framing is in `wire/`. */
export function headersOf(names: readonly string[], type: string | undefined, random: Random): string[] {
  const conditional = names
    .filter(() => random.chance(0.25))
    .map((name) => `${name}: ${random.pick(name === 'Last-Event-ID' ? eventIds : tags)}`);
  const stray = random.chance(0.1) ? [random.pick(strayHeaders)] : [];
  return [...conditional, ...stray, ...typeOf(type, random)];
}

function typeOf(type: string | undefined, random: Random): string[] {
  if (random.chance(0.15)) return [`Content-Type: ${random.pick(types)}`];
  return type === undefined ? [] : [`Content-Type: ${type}`];
}

const types = [
  '',
  'text/plain',
  'application/json; charset=utf-16',
  'application/json-patch+json',
  '*/*',
  'a/b; c="d',
].concat([
  'application/merge-patch+json',
  'multipart/form-data; boundary=a',
  'application/octet-stream',
  'x'.repeat(4_000),
]);

const manyTags = Array.from({ length: 1_200 }, (_, index) => `"${index}"`);

const tags = [
  '*',
  '"1"',
  'W/"1"',
  '"1.x"',
  '""',
  '"',
  'no tag',
  '"1", "2", *',
  manyTags.join(', '),
  '"1"'.repeat(2_000),
].concat([
  '"999999999999999999999"',
  '"-1"',
  '"1e999"',
  `"${'a'.repeat(8_000)}"`,
  ','.repeat(8_000),
  '"__proto__"',
  '*, *',
]);

const eventIds = ['0', '1', '-1', '9007199254740993', 'a', '', '1e999', '9'.repeat(1_000)];

const strayHeaders = [
  'X-Forwarded-For: 127.9.9.9',
  'X-Forwarded-For: \x80',
  'X-Request-Id: mine',
  'Sec-Fetch-Site: cross-site',
]
  .concat([
    'Origin: null',
    'Origin: http://elsewhere.example',
    'Accept: text/html',
    'Accept-Encoding: br;q=9',
    'Range: bytes=0-1',
  ])
  .concat([
    'Upgrade: websocket',
    'Upgrade: h2c',
    'Content-Encoding: gzip',
    'X-HTTP-Method-Override: DELETE',
    'Cookie: a=b',
  ])
  .concat([
    'Host: elsewhere.example',
    'If-Modified-Since: never',
    `X-Long: ${'a'.repeat(9_000)}`,
    'Accept: application/octet-stream',
  ])
  .concat(['__proto__: 1', 'constructor: 1', 'Expect: 100-continue', 'Via: 1.1 a', 'Max-Forwards: 0', 'TE: trailers']);
