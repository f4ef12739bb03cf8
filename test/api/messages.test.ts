import { type TSchema, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/api/route-group.ts';
import { routes } from '../../src/api/route-groups.ts';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { explanationOf } from '../../src/cli/explain/explanation.ts';
import { parse } from '../../src/cli/parser.ts';
import { memberName } from '../../src/lib/schema-form.ts';
import { kindParameters } from '../../src/operations/kinds/registry.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { importHost, makeCluster } from './support.ts';

const address = '127.66.0.1';
const id = '00000000-0000-7000-8000-000000000000';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await makeCluster(server, 'c1', address);
  await server.request('PUT', '/api/v0/budget/c1', { target: 'all', max_down: 1 });
  await server.request('PUT', '/api/v0/containermanager/c1', { options: { server_url: 'https://192.0.2.1:6443' } });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Words of a schema, or of its checker, that say nothing to a person. */
const insides = /\^|\\[u.sd]|\[\^|\bunion\b|expected|Expected|undefined|intersect|\bschema\b|must NOT|anyOf/;

const program = commctlProgram('commctl');

async function expectWords({ detail = '', hint = '' }: { detail?: string; hint?: string }): Promise<void> {
  expect(detail).not.toMatch(insides);
  expect(hint).not.toMatch(insides);
  for (const [, line = ''] of hint.matchAll(/`commctl ([^`]*)`/g)) {
    const words = line.split(' ');
    expect(parse(program, words).kind).not.toBe('incomplete');
    // A member that does not exist would be an error.
    if (words[0] === 'explain') await explanationOf(words[1]);
  }
}

async function refusalOf(method: string, path: string, body?: unknown): Promise<{ detail: string; hint?: string }> {
  const answer = await server.raw(method, path, body === undefined ? {} : { body: JSON.stringify(body) });
  expect([answer.status, JSON.parse(answer.text)]).toEqual([400, expect.objectContaining({ code: 'invalid_member' })]);
  return JSON.parse(answer.text);
}

/** One value that a schema takes, for what a pattern demands. */
const samples: Readonly<Record<string, string>> = {
  '^([01][0-9]|2[0-3]):[0-5][0-9]$': '22:00',
  '^https?://': 'http://192.0.2.1/',
};

function sampleOf(schema: TSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.anyOf)) return sampleOf(schema.anyOf[0]);
  if (schema.type === 'array') return schema.minItems > 0 ? [sampleOf(schema.items)] : [];
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1;
  if (schema.type === 'boolean') return true;
  if (schema.type !== 'string') {
    const required: string[] = schema.required ?? [];
    return Object.fromEntries(required.map((name) => [name, sampleOf(schema.properties[name])]));
  }
  return schema.pattern === undefined ? 'x' : (samples[schema.pattern] ?? 'a1');
}

const candidates = [
  5,
  -1,
  1.5,
  'x\u0001\n^',
  '',
  'a b',
  null,
  true,
  {},
  [],
  [5],
  [null],
  ['\u0001'],
  { x: 5 },
  'x'.repeat(70_000),
];

interface Wrong {
  readonly pointer: string;
  readonly body: unknown;
}

/** The example of a body with one wrong value each: of every member, however deep, and without each that it needs. */
function wrongBodies(schema: TSchema, example: object): Wrong[] {
  const found: Wrong[] = [];
  const visit = (member: TSchema, pointer: string, set: (value: unknown) => unknown) => {
    for (const value of candidates) if (!Value.Check(member, value)) found.push({ pointer, body: set(value) });
    const objects = [member, ...(member.anyOf ?? [])].filter((each: TSchema) => each.properties !== undefined);
    for (const { properties, required = [] } of objects) {
      const base = Object.fromEntries(required.map((name: string) => [name, sampleOf(properties[name])]));
      for (const [name, inner] of Object.entries<TSchema>(properties)) {
        visit(inner, `${pointer}/${name}`, (value) => set({ ...base, [name]: value }));
        if (required.includes(name)) {
          const { [name]: _, ...others } = base;
          // What has no member of a form is refused as a whole.
          if (objects.length === 1) found.push({ pointer: `${pointer}/${name}`, body: set(others) });
        }
      }
    }
    if (member.type === 'array') visit(member.items, `${pointer}/0`, (value) => set([value]));
  };
  for (const [name, member] of Object.entries<TSchema>(schema.properties ?? {})) {
    visit(member, `/${name}`, (value) => ({ ...example, [name]: value }));
    const { [name]: _, ...others } = { ...example } as Record<string, unknown>;
    if (schema.required?.includes(name)) found.push({ pointer: `/${name}`, body: others });
  }
  return found;
}

function pathOf({ path }: Pick<Route, 'path'>): string {
  const values: Record<string, string> = { address, name: 'c1', id, token: id, secret: 'box' };
  return path.replace(/:(\w+)/g, (_, key: string) => values[key] ?? 'x');
}

const taking = routes.filter(({ body }) => Object.keys(body?.properties ?? {}).length > 0);

describe('a body with a wrong member', () => {
  test.each(taking)('$method $path', async (route) => {
    const { method, body = t.Object({}), bodyExample = {} } = route;
    const wrong = wrongBodies(body, bodyExample);
    expect(wrong.length).toBeGreaterThan(5);
    for (const { pointer, body: sent } of wrong) {
      const answer = await server.raw(method, pathOf(route), { body: JSON.stringify(sent) });
      const problem = JSON.parse(answer.text);
      expect([answer.status, problem.code, JSON.stringify(sent).slice(0, 200)]).toEqual([
        400,
        'invalid_member',
        JSON.stringify(sent).slice(0, 200),
      ]);
      const parts = pointer.split('/').filter((part) => !/^\d*$/.test(part));
      // A form without the member is told by what the forms are.
      expect(problem.detail.split(' ')[0]).toContain(parts[0]);
      expect(memberName(pointer)).toContain(problem.detail.split(' ')[0].replace(/[[.].*/, ''));
      expect(problem.detail).toMatch(/ must be |is missing: it must be | must have | is not | has a name /);
      await expectWords(problem);
    }
  });
});

describe('a strategy over REST', () => {
  const start = (strategy: object) => refusalOf('PUT', '/api/v0/cluster/c1/restart', { strategy });

  test('says what a batch is', async () => {
    expect(await start({ batch: 'x' })).toMatchObject({
      detail:
        'strategy.batch must be a number of hosts or a percentage, such as 2 or "10%", or an array of 1 to 100 of them',
      hint: '`commctl explain strategy.batch` explains it',
    });
  });

  test.each([
    [{ max_failure: 1 }, 'strategy.max_failure is not known', 'did you mean "max_failures"?'],
    [{ gates: [{ tpc: 22 }] }, 'strategy.gates[0].tpc is not known', 'did you mean "tcp"?'],
    [
      { window: { days: ['mon'], from: '22:00', to: '23:00', time_zone: 'UTC', until: '1' } },
      'strategy.window.until is not known',
      'use one of days, from, to, time_zone',
    ],
  ])('refuses a member that it would not obey: %j', async (strategy, detail, hint) => {
    const problem = await start(strategy);
    expect(problem).toMatchObject({ detail, hint: expect.stringContaining(hint) });
    await expectWords(problem);
    expect(await refusalOf('POST', '/api/v0/operations', { kind: 'restart', target: 'all', strategy })).toMatchObject({
      detail,
    });
  });

  test('a choice that comes close to another one', async () => {
    expect(await start({ on_failure: 'stopp' })).toMatchObject({
      detail: 'strategy.on_failure must be stop, continue or pause',
      hint: expect.stringContaining('did you mean "stop"?'),
    });
  });

  test('a gate in the form that it comes closest to', async () => {
    expect(await start({ gates: [{ tcp: 0 }] })).toMatchObject({
      detail: 'strategy.gates[0].tcp must be a whole number from 1 to 65535',
    });
  });
});

describe('parameters of a kind', () => {
  const names = { ExecParameters: 'exec', CopyParameters: 'copy', DeployParameters: 'deploy' } as const;

  test.each(Object.entries(kindParameters))('%s', async (name, schema) => {
    const kind = names[name as keyof typeof names];
    const forms: TSchema[] = [schema, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
    const properties: Record<string, TSchema> = Object.assign({}, ...forms.map((form) => form.properties ?? {}));
    for (const member of Object.keys(properties)) {
      for (const value of candidates.filter((each) => !Value.Check(schema, { ...minimal[kind], [member]: each }))) {
        const parameters = { ...minimal[kind], [member]: value };
        const problem = await refusalOf('POST', '/api/v0/operations', { kind, target: address, parameters });
        expect(problem.detail).toMatch(/^parameters/);
        await expectWords(problem);
      }
    }
    const unknown = { ...minimal[kind], nothing_like_it: 1 };
    const problem = await refusalOf('POST', '/api/v0/operations', { kind, target: address, parameters: unknown });
    expect(problem.detail).toBe('parameters.nothing_like_it is not known');
    await expectWords(problem);
  });

  const minimal = {
    exec: { command: 'true' },
    copy: { path: '/etc/motd', content: '' },
    deploy: { version: '1' },
  };

  test('a misspelt parameter is not dropped', async () => {
    const parameters = { command: 'true', directry: '/srv' };
    expect(await refusalOf('POST', '/api/v0/operations', { kind: 'exec', target: address, parameters })).toMatchObject({
      detail: 'parameters.directry is not known',
      hint: 'did you mean "directory"? `commctl explain exec` explains the parameters of exec',
    });
  });
});

test('options of a container manager', async () => {
  for (const options of [{ server_url: 5 }, { tokn: 'x' }, { certificate_path: 'a' }, { insecure: 'yes' }]) {
    const body = { type: 'kubernetes', options: { server_url: 'https://192.0.2.1', ...options } };
    const problem = await refusalOf('PUT', '/api/v0/containermanager/m9', body);
    expect(problem.detail).toContain(`options.${Object.keys(options)[0]} `);
    await expectWords(problem);
  }
});

test('an import', async () => {
  const problem = await refusalOf('PUT', '/api/v0/host/127.66.0.9?import=true', { cpus: '4' });
  expect(problem.detail).toMatch(/^cpus must be a whole number of at least 0$/);
  await expectWords(problem);
  await importHost(server, '127.66.0.8');
});

const asking = routes.filter(
  ({ method, query, list }) => method === 'GET' && (query !== undefined || list !== undefined),
);

test.each(asking)('the query of $method $path', async (route) => {
  const { query, list } = route;
  const ofQuery = Object.entries<TSchema>(query?.properties ?? {}).filter(
    ([, schema]) => schema.anyOf !== undefined || schema.range !== undefined,
  );
  const ofList =
    list === undefined
      ? []
      : [
          ...['limit=x', 'offset=-1', 'sort=no_such_member', 'reverse=maybe', 'no_such_member=1'],
          ...Object.keys(list.fields).map((name) => `${name.replace('*', 'x')}=Foo(1)`),
        ];
  for (const parameter of [...ofQuery.map(([name]) => `${name}=^wrong^`), ...ofList]) {
    const before = route.path.endsWith('/log')
      ? `host=${address}&`
      : route.path.endsWith('/events')
        ? 'follow=false&'
        : '';
    const answer = await server.raw('GET', `${pathOf(route)}?${before}${parameter}`, {});
    if (answer.status === 404 && JSON.parse(answer.text).code.endsWith('_not_found')) continue;
    const problem = JSON.parse(answer.text);
    expect([parameter, answer.status]).toEqual([parameter, 400]);
    if (problem.code === 'invalid_member') expect(problem.detail).toContain(parameter.split('=')[0]);
    expect(`${problem.detail} ${problem.hint ?? ''}`.replaceAll('^wrong^', '')).not.toMatch(insides);
  }
});

test('every schema with a pattern, or a choice between types, says its form in words', () => {
  const silent: string[] = [];
  const visit = (schema: TSchema, place: string, isSaid = false) => {
    const isPlain = (schema.anyOf ?? []).every((each: TSchema) => each.const !== undefined);
    if ((schema.pattern !== undefined || !isPlain) && schema.form === undefined && !isSaid) silent.push(place);
    for (const [name, inner] of Object.entries<TSchema>(schema.properties ?? {})) visit(inner, `${place}.${name}`);
    for (const inner of schema.anyOf ?? schema.allOf ?? []) {
      // What is no object has no other words than those of the choice.
      visit(inner, place, schema.form !== undefined);
    }
    if (schema.items !== undefined) visit(schema.items, `${place}[]`);
  };
  for (const { id: route, body } of routes) if (body !== undefined) visit(body, route);
  for (const [name, schema] of Object.entries(kindParameters)) visit(schema, name);
  expect(silent).toEqual([]);
});
