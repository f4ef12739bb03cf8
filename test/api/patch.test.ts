import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startServer, type TestServer } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { eventNames, expectProblem, importHost, makeCluster } from './support.ts';

const host = '/api/v0/host/127.66.0.1';
const labels = `${host}/labels`;
const cluster = '/api/v0/cluster/c1';
const manager = '/api/v0/containermanager/m1';
const budget = '/api/v0/budget/b1';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
  await importHost(server, '127.66.0.1', { labels: { rack: '1', role: 'web' } });
  await makeCluster(server, 'c1', '127.66.0.2');
  const options = { server_url: 'https://192.0.2.1', token: 'secret', insecure: true };
  await server.request('PUT', manager, { type: 'openshift', options });
  for (const network of ['other', 'third']) await server.request('PUT', `/api/v0/network/${network}`);
  await server.request('PUT', budget, { target: 'all', max_down: 1 });
});
afterAll(() => server[Symbol.asyncDispose]());

function patch(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const type = Array.isArray(body) ? 'application/json-patch+json; charset=utf-8' : 'application/merge-patch+json';
  return server.request('PATCH', path, body, { headers: { 'content-type': type, ...headers } });
}

/** Each upon what the one before left. */
const changes: Array<[path: string, body: unknown, after: object]> = [
  [labels, { rack: '2', role: null, absent: null }, { rack: '2' }],
  [
    labels,
    [
      { op: 'test', path: '/rack', value: '2' },
      { op: 'add', path: '/role', value: 'db' },
    ],
    { rack: '2', role: 'db' },
  ],
  [labels, [{ op: 'move', from: '/role', path: '/was' }], { rack: '2', was: 'db' }],
  [
    labels,
    [
      { op: 'copy', from: '/rack', path: '/room' },
      { op: 'remove', path: '/was' },
    ],
    { rack: '2', room: '2' },
  ],
  [labels, [{ op: 'replace', path: '', value: { rack: '1' } }], { rack: '1' }],
  [labels, [], { rack: '1' }],
  [cluster, { container_manager: 'm1' }, { name: 'c1', network: 'default', container_manager: 'm1' }],
  [cluster, [{ op: 'replace', path: '/container_manager', value: '' }], { network: 'default', container_manager: '' }],
  [
    cluster,
    [
      { op: 'test', path: '/hostset', value: ['127.66.0.2'] },
      { op: 'test', path: '/hostset/0', value: '127.66.0.2' },
      { op: 'replace', path: '/network', value: 'other' },
    ],
    { network: 'other' },
  ],
  [cluster, { name: 'c1', colour: 'red' }, { network: 'other' }],
  [
    manager,
    { type: 'kubernetes', options: { insecure: null } },
    { type: 'kubernetes', options: { server_url: 'https://192.0.2.1', token: '***' } },
  ],
  [
    manager,
    [
      { op: 'test', path: '/options/token', value: '***' },
      { op: 'add', path: '/options/insecure', value: true },
    ],
    { options: { token: '***', insecure: true } },
  ],
  [
    manager,
    [{ op: 'remove', path: '/options/token' }],
    { options: { server_url: 'https://192.0.2.1', insecure: true } },
  ],
  [budget, { max_down: '10%' }, { name: 'b1', target: 'all', max_down: '10%' }],
  [
    budget,
    [
      { op: 'test', path: '/max_down', value: '10%' },
      { op: 'replace', path: '/target', value: 'label:rack=1' },
    ],
    { target: 'label:rack=1', max_down: '10%', hosts: 1 },
  ],
];

test('a patch changes what it says and keeps the rest', async () => {
  for (const [path, body, after] of changes) {
    const answer = await patch(path, body);
    expect({ body, status: answer.status }).toEqual({ body, status: 200 });
    expect(answer.body).toMatchObject(after);
    expect((await server.request('GET', path)).body).toMatchObject(after);
  }
  expect((await server.request('GET', labels)).body).toEqual({ rack: '1' });
  // Who is in the cluster is no business of its record.
  expect((await server.request('GET', `${cluster}/hosts`)).body).toEqual(['127.66.0.2']);
});

test('one that changes nothing stores nothing and tells nobody', async () => {
  const before = server.dump();
  for (const path of [labels, cluster, manager, budget]) {
    for (const body of [{}, []]) expect((await patch(path, body)).status).toBe(200);
  }
  expect(server.dump()).toBe(before);
  await patch(cluster, { network: 'third' });
  await patch(budget, { max_down: 3 });
  expect(eventNames(server).slice(-2)).toEqual(['cluster.updated.c1', 'budget.updated.b1']);
});

describe('what does not fit', () => {
  const failing: Array<[path: string, body: object[], line: number]> = [
    [labels, [{ op: 'test', path: '/rack', value: '9' }], 0],
    [
      labels,
      [
        { op: 'add', path: '/a', value: '1' },
        { op: 'test', path: '/a', value: '2' },
      ],
      1,
    ],
    [labels, [{ op: 'test', path: '/absent', value: null }], 0],
    [labels, [{ op: 'remove', path: '/absent' }], 0],
    [labels, [{ op: 'add', path: '/a/b', value: '1' }], 0],
    [labels, [{ op: 'move', from: '/absent', path: '/a' }], 0],
    [cluster, [{ op: 'test', path: '/hostset', value: [] }], 0],
    [manager, [{ op: 'test', path: '/type', value: 'openshift' }], 0],
    [
      budget,
      [
        { op: 'test', path: '/name', value: 'b1' },
        { op: 'test', path: '/max_down', value: 2 },
      ],
      1,
    ],
  ];

  test.each(failing)('%s with %j says line %i', async (path, body, line) => {
    const before = server.dump();
    const answer = await patch(path, body);
    expectProblem(answer, 'patch_failed');
    const { op, path: place }: { op?: string; path?: string } = body[line] ?? {};
    expect(answer.body).toMatchObject({
      line,
      op,
      path: place,
      detail: expect.stringContaining(`line ${line} of the patch, ${op}`),
    });
    expect(server.dump()).toBe(before);
  });

  const refused: Array<[path: string, body: unknown]> = [
    ...[5, null, 'add'].map((line): [string, unknown] => [labels, [line]]),
    [labels, [{ op: 'append', path: '/a', value: '1' }]],
    [labels, [{ op: 'add', path: '/a' }]],
    [labels, [{ op: 'add', value: '1' }]],
    [labels, [{ op: 'move', path: '/a' }]],
    [labels, [{ op: 'remove', path: 'rack' }]],
    [labels, [{ op: 'add', path: '/a~2', value: '1' }]],
    [labels, [{ op: 'add', path: '/a', value: 5 }]],
    [labels, [{ op: 'add', path: '/a b', value: '1' }]],
    [labels, [{ op: 'replace', path: '', value: [] }]],
    [labels, [{ op: 'remove', path: '' }]],
    [labels, Array.from({ length: 101 }, () => ({ op: 'test', path: '/rack', value: '1' }))],
    [cluster, [{ op: 'add', path: '/hostset/-', value: '127.66.0.1' }]],
    [cluster, { hostset: [] }],
    [cluster, [{ op: 'remove', path: '/network' }]],
    [manager, [{ op: 'add', path: '/options/token', value: '***' }]],
    [manager, [{ op: 'replace', path: '/type', value: 'docker' }]],
    [budget, [{ op: 'replace', path: '/max_down', value: 0 }]],
    [budget, { target: null }],
  ];

  test.each(refused)('%s with %j is refused', async (path, body) => {
    const before = server.dump();
    expectProblem(await patch(path, body), 'invalid_member');
    expect(server.dump()).toBe(before);
  });

  test('a patch of another record, or of none', async () => {
    expectProblem(await patch(cluster, [{ op: 'replace', path: '/name', value: 'c2' }]), 'path_mismatch');
    expectProblem(await patch('/api/v0/cluster/absent', {}), 'cluster_not_found');
    expectProblem(await patch('/api/v0/budget/absent', []), 'budget_not_found');
    expectProblem(await patch(budget, { target: 'rack=' }), 'invalid_target');
  });

  test('an object where the patch should be, and a patch where an object should be', async () => {
    const type = { 'content-type': 'application/json-patch+json' };
    expectProblem(await patch(labels, { rack: '1' }, type), 'invalid_body');
    expectProblem(await patch(labels, [], { 'content-type': 'application/json' }), 'invalid_body');
    expectProblem(await server.request('PUT', labels, [], { headers: type }), 'invalid_body');
  });

  test('copies that double the document with every line', async () => {
    const before = server.dump();
    const lines = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '', path: `/${index}` }));
    expectProblem(await patch(labels, lines), 'invalid_member');
    expect(server.dump()).toBe(before);
  });

  test('a document that is nested very deeply, whatever makes it so', async () => {
    const before = server.dump();
    const nested = Array.from({ length: 40 }, (_, index) => [
      { op: 'add', path: '/hostset', value: [] },
      { op: index % 2 === 0 ? 'copy' : 'move', from: '', path: '/hostset/0' },
    ]).flat();
    const long = '/hostset/0'.repeat(70);
    const bodies = [
      nested,
      [
        { op: 'add', path: '/hostset', value: 1 },
        ...Array.from({ length: 90 }, () => ({ op: 'copy', from: '', path: '/hostset' })),
      ],
      [{ op: 'add', path: long, value: [] }],
    ];
    for (const body of bodies) expect((await patch(cluster, body)).status).toBeGreaterThanOrEqual(400);
    expectProblem(await patch(cluster, bodies[1] ?? []), 'invalid_member');
    expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(server.dump()).toBe(before);
  });

  test('nothing reaches the prototype of all objects', async () => {
    for (const name of ['__proto__', 'constructor']) {
      for (const path of [`/${name}/polluted`, `/${name}`]) {
        expectProblem(await patch(labels, [{ op: 'add', path, value: '1' }]), 'invalid_member');
      }
      await server.raw('PATCH', labels, { body: `{"${name}": {"polluted": "1"}}` });
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect((await server.request('GET', labels)).body).toEqual({ rack: '1' });
  });
});

test('of many who test and then change at once, one does', async () => {
  const lines = (to: number) => [
    { op: 'test', path: '/rack', value: '1' },
    { op: 'replace', path: '/rack', value: String(to) },
  ];
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => patch(labels, lines(index + 10))));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
});

test('merging is that of RFC 7396', async () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const value = fc.constantFrom('1', '2');
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value), fc.dictionary(key, fc.option(value)), async (before, change) => {
      await server.request('PUT', labels, before);
      const left = Object.entries({ ...before, ...change }).filter(([, each]) => each !== null);
      expect((await patch(labels, change)).body).toEqual(Object.fromEntries(left));
    }),
    { numRuns: 50 },
  );
});
