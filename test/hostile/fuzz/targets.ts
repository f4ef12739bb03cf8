import type { Route } from './api-document.ts';
import type { Random } from './random.ts';
import type { KnownValues, ValidValues } from './valid-values.ts';

/** Path and query as they are sent, byte for byte. */
export interface RequestTarget {
  readonly text: string;
  /** Whether the path is still that of the route, whatever stands for its parameters. */
  readonly isRouted: boolean;
}

/** A target of the route, with something odd about it now and then. */
export function targetOf(route: Route, random: Random, known: KnownValues, values: ValidValues): RequestTarget {
  const { path, isRouted } = pathOf(route, random, known);
  const query = queryOf(route, random, values);
  return { text: query === '' ? path : `${path}?${query}`, isRouted };
}

/** None has a slash of its own, so that the path keeps its segments, whatever they are decoded to. */
const oddSegments = ['%2e%2e', '%2E%2e', '..', '.', '%2f', '%2F..%2F', '%5c', '%00', '%', '%zz', '%2', '%ff', '%c0%ae']
  .concat(['%c0%af', '%ed%a0%80', '%25%32%65', '%252e%252e', '%252f', '%u002e', '+', '%20', '%0d%0a', '%09', ';a=b'])
  .concat([
    '__proto__',
    'constructor',
    'toString',
    'a'.repeat(255),
    'a'.repeat(256),
    'a'.repeat(5_000),
    '%61',
    'A',
    '*',
  ])
  .concat([
    '0',
    '-1',
    '1e999',
    '127.1',
    '0x7f000001',
    '::1',
    '%3a%3a1',
    'fe80::1%25lo',
    '[::1]',
    'xn--a',
    '%f0%9f%92%a9',
  ]);

function pathOf({ path }: Route, random: Random, known: KnownValues): { path: string; isRouted: boolean } {
  let isRouted = true;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const values = known[name] ?? [];
    if (values.length > 0 && random.chance(0.8)) return random.pick(values);
    isRouted = false;
    return random.pick(oddSegments);
  });
  if (random.chance(0.95)) return { path: filled, isRouted };
  return { path: random.pick(rewritings)(filled), isRouted: false };
}

/** What is done to a path as a whole. */
const rewritings: ReadonlyArray<(path: string) => string> = [
  (path) => `/${path}`,
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => path.replaceAll('/', '//'),
  (path) => path.replaceAll('/', '/./'),
  (path) => path.replaceAll('/', '%2f'),
  (path) => `/x/..${path}`,
  (path) => `/%2e%2e${path}`,
  (path) => path.toUpperCase(),
  (path) => `${path};jsessionid=1`,
  (path) => `${path}%00`,
  (path) => `${path}.json`,
  (path) => `http://elsewhere.example${path}`,
  (path) => `${path}#fragment`,
  (path) => `${path}/${'a/'.repeat(500)}`,
  (path) => path.replace('v0', 'v1'),
];

function queryOf({ query }: Route, random: Random, values: ValidValues): string {
  if (query.length === 0) return random.chance(0.05) ? random.pick(strayQueries) : '';
  const count = random.chance(0.3) ? 0 : 1 + random.below(3);
  const parts = Array.from({ length: count }, () => {
    const { name, schema } = random.pick(query);
    const written = name.replace('*', () => random.pick(freeNames));
    return `${written}=${queryValue(random, () => values.of(schema, random, name))}`;
  });
  return [...parts, ...(random.chance(0.05) ? [random.pick(strayQueries)] : [])].join('&');
}

const freeNames = ['rack', 'script', 'a', '__proto__', 'constructor', 'toString', 'a.b.c', '%00', 'pending', '*'];

const strayQueries = [
  'unknown=1',
  '__proto__=1',
  'toString=1',
  '=',
  '&&&',
  '%',
  '%zz=%zz',
  'limit',
  'limit=1&limit=2',
].concat([
  'a[b]=c',
  'a[]=1&a[]=2',
  `x=${'a'.repeat(10_000)}`,
  'x=1&'.repeat(1_000),
  '?',
  '%00=%00',
  `${'a'.repeat(20_000)}`,
]);

function queryValue(random: Random, valid: () => unknown): string {
  const kind = random.below(10);
  if (kind < 4) return encodeURIComponent(textOf(valid()));
  if (kind < 6) return random.pick(globs);
  if (kind < 8) return random.pick(conditions);
  return random.pick(oddValues);
}

/** A parameter that may be given several times is given once. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

const globs = [
  '*',
  '?',
  '**',
  '*a*b',
  `*${'a'.repeat(250)}b`,
  `*${'a'.repeat(300)}b`,
  '*a'.repeat(120),
  '*'.repeat(256),
].concat(['?'.repeat(256), `${'*?'.repeat(120)}b`, '*'.repeat(5_000), `${'a*'.repeat(4_000)}b`]);

const conditions = [
  'Ne(x)',
  'Eq(*)',
  'In(a,b,c)',
  'Gt(0)',
  'Gte(1e999)',
  'Lt(-0)',
  'Between(1,2)',
  'Between(2,1)',
  'In()',
]
  .concat([
    'Ne(',
    'Ne())',
    'Ne(Ne(Ne(x)))',
    'Gt()',
    'Between(a)',
    'constructor(x)',
    `In(${'a,'.repeat(4_000)}a)`,
    'Gt(NaN)',
  ])
  .concat(['Gt(9007199254740993)', 'In(%00)', `Ne(${'('.repeat(4_000)}`]);

const oddValues = [
  '',
  '%00',
  '%ff',
  '%ed%a0%80',
  '-1',
  '1e999',
  '9007199254740993',
  'NaN',
  '0x10',
  '+1',
  '1.5',
  '%5Bobject%20Object%5D',
]
  .concat([
    '__proto__',
    'true',
    'TRUE',
    '-',
    '-name',
    'name,name,-name',
    'name,'.repeat(1_000),
    'a'.repeat(12_000),
    '%',
  ])
  .concat([
    'all',
    '(((((all)))))',
    '('.repeat(4_000),
    'all%7C'.repeat(900),
    'host:n%5B1-99999%5D',
    'label:a%3D*',
    'cluster:*',
  ]);
