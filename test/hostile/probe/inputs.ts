/** What takes the most work of those inputs that a route accepts, or of those it can only refuse after work. */
export interface CostlyInput {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  /** Sent as it is; nothing when left out. */
  readonly body?: string;
  readonly type?: string;
  /** Lines `Name: value` on top of those every request has. */
  readonly headers?: readonly string[];
  /** Who asks; default the administrator. */
  readonly caller?: 'admin' | 'viewer' | 'operator' | 'roleless';
}

/** What the paths of the table name. */
export interface CostlySite {
  /** The id of an operation that ended, with a text of 900 kB in its parameters. */
  readonly operation: string;
}

/** The longest pattern there may be, of the kind that makes matching try most. */
const glob = `*${'a'.repeat(254)}b`;
const stars = '*a'.repeat(128);
/** As long as a target in a URL can be, and as long as one in a body may be. */
const [urlTarget, bodyTarget] = [12_000, 99_000];
const times = (count: number, part: (index: number) => string, between = ',') =>
  Array.from({ length: count }, (_, index) => part(index)).join(between);
/** Terms of one kind, joined, up to a length. */
const terms = (length: number, term: string) =>
  times(Math.min(999, Math.floor(length / (term.length + 1))), () => term, '|');
const query = encodeURIComponent;
const plan = (target: string, more: object = {}): Omit<CostlyInput, 'name'> => ({
  method: 'POST',
  path: 'operations?plan=true',
  body: JSON.stringify({ kind: 'exec', target, parameters: { command: 'true' }, ...more }),
});
const jsonPatch = (lines: readonly object[]) => ({ type: 'application/json-patch+json', body: JSON.stringify(lines) });

const lists: readonly CostlyInput[] = [
  { name: 'hosts by 999 terms', method: 'GET', path: `hosts?target=${query(terms(urlTarget, 'all'))}` },
  {
    name: 'hosts by patterns of labels',
    method: 'GET',
    path: `hosts?target=${query(terms(urlTarget, `label:rack=${stars.slice(0, 100)}b`))}`,
  },
  { name: 'hosts without 100,000 names', method: 'GET', path: `hosts?target=${query('all - n[1-99999]')}` },
  {
    name: 'hosts sorted by 1,000 labels',
    method: 'GET',
    path: `hosts?sort=${times(1_000, (index) => `labels.a${index}`)}`,
  },
  { name: 'hosts by 50 patterns', method: 'GET', path: `hosts?${times(50, () => `labels.rack=${glob}`, '&')}` },
  { name: 'hosts by 3,000 values', method: 'GET', path: `hosts?os=In(${times(3_000, (index) => `o${index}`)})` },
  {
    name: 'hosts by 1,000 tags',
    method: 'GET',
    path: 'hosts',
    headers: [`If-None-Match: ${times(1_000, (index) => `"${index}.x"`, ', ')}`],
  },
  {
    name: 'operations by a pattern against 900 kB',
    method: 'GET',
    path: `operations?parameters.script=${glob}`,
    caller: 'viewer',
  },
  {
    name: 'operations by stars against 900 kB',
    method: 'GET',
    path: `operations?parameters.script=${stars}`,
    caller: 'viewer',
  },
  {
    name: 'operations sorted by 900 kB',
    method: 'GET',
    path: 'operations?sort=parameters.script,-parameters.script',
    caller: 'viewer',
  },
  {
    name: 'operations by 40 patterns',
    method: 'GET',
    path: `operations?${times(40, () => `parameters.script=${glob}`, '&')}`,
    caller: 'viewer',
  },
  {
    name: 'the audit trail by patterns',
    method: 'GET',
    path: `audit?limit=1000&${times(40, () => `action=${glob}`, '&')}`,
  },
  { name: 'events by patterns', method: 'GET', path: `events?follow=false&limit=1000&filter=${stars}` },
  { name: 'a long journal', method: 'GET', path: 'operation/{operation}/journal?limit=10000' },
  { name: 'folded output', method: 'GET', path: 'operation/{operation}/folded' },
  { name: 'the plan of what has run', method: 'GET', path: 'operation/{operation}/plan' },
];

const operations: readonly CostlyInput[] = [
  { name: 'a plan of 999 terms', ...plan(terms(bodyTarget, 'all')) },
  { name: 'a plan of patterns', ...plan(terms(bodyTarget, `label:rack=${stars.slice(0, 80)}b`)) },
  { name: 'a plan of intersections', ...plan(terms(bodyTarget, 'all').replaceAll('|', '&')) },
  { name: 'a plan of parentheses', ...plan(`${'('.repeat(100)}all${')'.repeat(100)}`) },
  { name: 'a plan for 99,999 names that are not there', ...plan('n[1-99999]') },
  { name: 'a plan without 99,999 names', ...plan('all - n[1-99999]') },
  { name: 'a plan without 1,000 sets of names', ...plan(`all${' - n[1-99]'.repeat(998)}`) },
  {
    name: 'a plan in many batches',
    ...plan('all', { strategy: { batch: Array(100).fill(1), order: 'label:rack', gates: Array(20).fill({ tcp: 1 }) } }),
  },
  { name: 'a plan in random order', ...plan('all', { strategy: { batch: '1%', order: 'random', seed: 1 } }) },
  { name: 'a script of 1 MB', ...plan('all', { parameters: { script: 'a'.repeat(1_000_000) } }) },
  {
    name: 'a thousand arguments',
    ...plan('all', { parameters: { script: 'true', arguments: Array(1_000).fill('a'.repeat(900)) } }),
  },
  {
    name: 'an environment of 1,000',
    ...plan('all', {
      parameters: {
        command: 'true',
        environment: Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`A${index}`, 'b'.repeat(20)])),
      },
    }),
  },
];

/** As many as a binding or a token may have, and as slow to compare. */
const patterns = Array.from({ length: 32 }, (_, index) => `${'*a'.repeat(100)}${index}`);

const manyMembers = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, index]));

const changes: readonly CostlyInput[] = [
  {
    name: 'a patch that doubles with each line',
    method: 'PATCH',
    path: 'containermanager/m1',
    ...jsonPatch(
      Array.from({ length: 100 }, (_, index) => ({ op: 'copy', from: '/options', path: `/options/c${index}` })),
    ),
  },
  {
    name: 'a patch that copies what is long',
    method: 'PATCH',
    path: 'containermanager/m1',
    ...jsonPatch([
      { op: 'add', path: '/options/a', value: 'a'.repeat(1_000_000) },
      ...Array.from({ length: 99 }, (_, index) => ({ op: 'copy', from: '/options/a', path: `/options/b${index}` })),
    ]),
  },
  {
    name: 'a patch of tests',
    method: 'PATCH',
    path: 'containermanager/m1',
    ...jsonPatch(Array(100).fill({ op: 'test', path: '/options', value: manyMembers(500) })),
  },
  {
    name: 'a patch of long paths',
    method: 'PATCH',
    path: 'containermanager/m1',
    ...jsonPatch(Array(100).fill({ op: 'test', path: '/options'.repeat(1_000), value: 1 })),
  },
  {
    name: 'a merge of 9,990 members',
    method: 'PATCH',
    path: 'containermanager/m1',
    body: JSON.stringify({ options: manyMembers(9_990) }),
  },
  {
    name: 'a merge that takes 9,990 away',
    method: 'PATCH',
    path: 'containermanager/m1',
    body: JSON.stringify({ options: Object.fromEntries(Object.keys(manyMembers(9_990)).map((name) => [name, null])) }),
  },
  {
    name: 'labels, 9,990 of them',
    method: 'PUT',
    path: 'host/127.20.0.1/labels',
    body: JSON.stringify(Object.fromEntries(Object.keys(manyMembers(9_990)).map((name) => [name, 'a']))),
  },
  {
    name: 'labels to take away, 9,990 of them',
    method: 'PATCH',
    path: 'host/127.20.0.1/labels',
    body: JSON.stringify(Object.fromEntries(Object.keys(manyMembers(9_990)).map((name) => [name, null]))),
  },
  {
    name: '60,000 members of a cluster',
    method: 'PUT',
    path: 'cluster/c5/hosts',
    body: JSON.stringify({ old: [], new: Array.from({ length: 60_000 }, (_, index) => `n${index}`) }),
  },
  {
    name: '60,000 members that were',
    method: 'PUT',
    path: 'cluster/c5/hosts',
    body: JSON.stringify({ old: Array.from({ length: 60_000 }, (_, index) => `n${index}`), new: [] }),
  },
  {
    name: 'an import of a long record',
    method: 'PUT',
    path: 'host/127.20.0.2?import=true',
    body: JSON.stringify({ status: 'active', port: 1, os: 'a'.repeat(1_000_000) }),
  },
  {
    name: 'an event of 9,990 members',
    method: 'POST',
    path: 'events',
    body: JSON.stringify({ type: 'user', data: manyMembers(9_990) }),
  },
  {
    name: 'an event of 1 MB of text',
    method: 'POST',
    path: 'events',
    body: JSON.stringify({ type: 'user', data: { a: 'a'.repeat(1_000_000) } }),
  },
  {
    name: 'a budget of 999 terms',
    method: 'PUT',
    path: 'budget/b2',
    body: JSON.stringify({ target: terms(bodyTarget, 'label:rack=r*'), max_down: '10%' }),
  },
  { name: 'a plan with that budget', ...plan('all') },
  {
    name: 'a binding for 32 patterns and 900 names',
    method: 'PUT',
    path: 'rolebinding/wide?force=true',
    body: JSON.stringify({
      role: 'operator',
      subjects: ['user:roleless'],
      clusters: [...patterns, ...times(900, (index) => `n${index}`).split(',')],
    }),
  },
  { name: 'hosts by that binding', method: 'GET', path: 'hosts', caller: 'roleless' },
  { name: 'operations by that binding', method: 'GET', path: 'operations', caller: 'roleless' },
  {
    name: 'a token within that binding',
    method: 'POST',
    path: 'tokens',
    body: JSON.stringify({
      kind: 'session',
      clusters: [...patterns, ...times(68, (index) => `n${index}`).split(',')],
    }),
    caller: 'roleless',
  },
  {
    name: 'a role of 60,000 permissions',
    method: 'PUT',
    path: 'role/wide?force=true',
    body: JSON.stringify({ permissions: Array(60_000).fill('host:read') }),
  },
  {
    name: 'a secret of 64 kB',
    method: 'PUT',
    path: 'secrets/box',
    body: JSON.stringify({ type: 'simple', value: 'a'.repeat(65_536) }),
  },
  {
    name: 'a deep secret',
    method: 'PUT',
    path: `secrets/${'a/'.repeat(3_000)}b`,
    body: JSON.stringify({ type: 'simple', value: 'a' }),
  },
  { name: 'new keys for all secrets', method: 'POST', path: 'secret-keys/rotate', body: '{}' },
  { name: 'a passphrase for the master key', method: 'PUT', path: 'secret-keys/passphrase', body: '{"next":null}' },
];

/** One after the other, in this order: some of them stand on what those before left. */
export const costlyInputs = ({ operation }: CostlySite): readonly CostlyInput[] =>
  [...lists, ...operations, ...changes].map((input) => ({
    ...input,
    path: `/api/v0/${input.path.replace('{operation}', operation)}`,
  }));
