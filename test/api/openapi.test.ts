import { describe, expect, test } from 'vitest';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import { type ProblemCode, problems } from '../../src/lib/problems.ts';
import { version } from '../../src/lib/version.ts';
import { declaredRoutes } from '../support/routes.ts';
import { startServer } from '../support/server.ts';
import { at, expectValid, resolved } from './documented.ts';

const routes = routeRules.map(({ method, path }) => `${method} ${path}`);
const operations = Object.entries(at(['paths']) ?? {}).flatMap(([path, item]) =>
  Object.keys(item ?? {}).map((method) => ({ path, method, place: ['paths', path, method] })),
);

test('every route of the table is in the document, and no other', () => {
  const documented = operations.map(
    ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
  );
  expect(documented.toSorted()).toEqual(routes.toSorted());
  expect(Object.keys(declaredRoutes).toSorted()).toEqual(routes.toSorted());
});

test('the server answers with the document, to everybody', async () => {
  await using server = await startServer();
  const answer = await server.raw('GET', '/openapi.json', { headers: { authorization: '' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(answer.body).toEqual(openApiDocument());
  expect(answer.body).toMatchObject({ openapi: '3.1.0', info: { title: 'Commissaire', version } });
});

/** These end the work on a host, the start of a server or a client, or are said where there is no route. */
const ofNoRoute: ProblemCode[] = [
  'invalid_configuration',
  'data_directory_in_use',
  'not_started',
  'cancelled',
  'source_changed',
  'etcd_unreadable',
  'custodia_unreadable',
  'backup_not_copied',
  'backup_passphrase_wrong',
  'backup_sealed',
  'unreachable',
  'host_busy',
  'host_key_changed',
  'login_refused',
  'sudo_refused',
  'connection_lost',
  'command_failed',
  'outcome_unknown',
  'unsupported_host',
  'gate_failed',
  'timed_out',
];

test('every code is one that the document names for a route, or one that no route answers', () => {
  const named = Object.keys(at(['components', 'examples']) ?? {});
  expect([...named, ...ofNoRoute].toSorted()).toEqual(Object.keys(problems).toSorted());
});

describe.each(operations)('$method $path', ({ place }) => {
  const responses = Object.keys(at([...place, 'responses']) ?? {}).map((status) =>
    resolved([...place, 'responses', status]),
  );
  const bodies = [[...place, 'requestBody'], ...responses].flatMap((body) =>
    Object.keys(at([...body, 'content']) ?? {}).map((type) => [...body, 'content', type]),
  );

  test('has an answer that is none of a failure', () => {
    expect(Object.keys(at([...place, 'responses']) ?? {}).some((status) => /^(2|302$)/.test(status))).toBe(true);
  });

  test('has examples that are as its schemas say', () => {
    for (const body of bodies) {
      const examples = Object.keys(at([...body, 'examples']) ?? {}).map((name) => [
        ...resolved([...body, 'examples', name]),
        'value',
      ]);
      const shown = examples.length > 0 ? examples : [[...body, 'example']];
      for (const example of shown) expectValid([...body, 'schema'], at(example), example.join('/'));
    }
  });
});
