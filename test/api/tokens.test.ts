import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { follow, post } from '../support/follow.ts';
import { type Answer, basicOf, closedPort, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, makeCluster } from './support.ts';

const names = ['tester', 'viewer', 'web', 'nobody'];
const configuration = {
  'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed(...names) }],
  'default-role': 'none',
  'role-bindings': [
    { role: 'admin', subjects: ['user:tester'] },
    { role: 'viewer', subjects: ['user:viewer'] },
    { role: 'operator', subjects: ['user:web'], clusters: ['web*'], max_hosts: 2 },
  ],
};
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented, configuration, selfAuths: ['/api/v0/tokens/current'] });
  await makeCluster(server, 'web', '127.66.1.1');
  await makeCluster(server, 'db', '127.66.2.1');
});
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const as = (name: string) => ({ headers: { authorization: basicOf(name) } });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

interface MintedToken {
  id: string;
  token: string;
  expires_in: number;
  grants: object[];
}

async function minted(body: object, options: object = as('tester'), at = server): Promise<MintedToken> {
  const answer = await at.request('POST', '/api/v0/tokens', body, options);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body as MintedToken;
}

const ids = (answer: Answer) => (answer.body as { id: string }[]).map(({ id }) => id);

describe('with a token', () => {
  test('a caller may what the token may, and no more', async () => {
    const { token } = await minted({ roles: ['operator'], clusters: ['web'] });
    const get = (path: string) => server.request('GET', path, undefined, bearer(token));
    expect((await get('/api/v0/host/127.66.1.1')).status).toBe(200);
    expectProblem(await get('/api/v0/host/127.66.2.1'), 'forbidden');
    expectProblem(await get('/api/v0/host/127.66.1.1/creds'), 'forbidden');
    expect((await get('/api/v0/clusters')).body).toEqual(['web']);
  });

  test('a role that is asked for again and again is there once', async () => {
    const { grants } = await minted({ roles: Array.from({ length: 100 }, () => 'viewer'), clusters: ['web'] });
    expect(grants).toMatchObject([{ role: 'viewer', clusters: ['web'] }]);
    const clusters = Array.from({ length: 101 }, (_, number) => `c${number}`);
    expectProblem(await server.request('POST', '/api/v0/tokens', { clusters }), 'invalid_member');
  });

  test('of another kind of credentials nothing is shown, of a token itself', async () => {
    expectProblem(await server.request('GET', '/api/v0/tokens/current'), 'token_not_found');
    const { token, id } = await minted({ note: 'mine', roles: ['viewer'] });
    const answer = await server.request('GET', '/api/v0/tokens/current', undefined, bearer(token));
    expect(answer.body).toMatchObject({
      id,
      kind: 'session',
      owner: 'tester',
      note: 'mine',
      lineage: [],
      revoked_at: '',
    });
    expect(answer.text).not.toContain(token);
  });

  test('a session lives ten minutes, and its renewal keeps its id', async () => {
    const login = await minted({});
    expect(login.expires_in).toBeGreaterThan(598);
    expect(login.expires_in).toBeLessThanOrEqual(601);
    const answer = await server.request('POST', '/api/v0/tokens/current/renew', { lifetime: 900 }, bearer(login.token));
    expect(answer.status).toBe(200);
    const renewed = answer.body as MintedToken;
    expect(renewed.id).toBe(login.id);
    expect(renewed.expires_in).toBeGreaterThan(898);
    for (const { token } of [login, renewed]) {
      expect((await server.request('GET', '/api/v0/hosts', undefined, bearer(token))).status).toBe(200);
    }
    expectProblem(await server.request('POST', '/api/v0/tokens/current/renew', {}), 'token_not_found');
    const { token } = await minted({ kind: 'automation', lifetime: 60 });
    expectProblem(await server.request('POST', '/api/v0/tokens/current/renew', {}, bearer(token)), 'not_renewable');
  });

  test('less and less can be minted, never more', async () => {
    const operator = await minted({ kind: 'automation', lifetime: 600, roles: ['operator'] }, as('tester'));
    const inWeb = await minted({ kind: 'automation', lifetime: 300, clusters: ['web*'] }, bearer(operator.token));
    const { body } = await server.request('PUT', '/api/v0/cluster/db', {}, bearer(operator.token));
    expect(body).toMatchObject({
      code: 'forbidden',
      detail: 'a token of tester lacks the permission cluster:write, which PUT /api/v0/cluster/:name asks for',
    });
    const refused: object[] = [
      {},
      { kind: 'automation', lifetime: 301 },
      { kind: 'automation', lifetime: 60, roles: ['admin'] },
      { kind: 'automation', lifetime: 60, clusters: ['db'] },
      { kind: 'registration', lifetime: 60, cluster: 'db', max_hosts: 1 },
    ];
    const before = server.dump();
    for (const body of refused) {
      expectProblem(await server.request('POST', '/api/v0/tokens', body, bearer(inWeb.token)), 'wider_than_own');
    }
    expect(server.dump()).toBe(before);
    const web = await minted(
      { kind: 'automation', lifetime: 60, clusters: ['web'], max_hosts: 1 },
      bearer(inWeb.token),
    );
    const get = (path: string) => server.request('GET', path, undefined, bearer(web.token));
    expect((await get('/api/v0/host/127.66.1.1')).status).toBe(200);
    expectProblem(await get('/api/v0/host/127.66.2.1'), 'forbidden');
  });

  test.each<[string, object, ProblemCode]>([
    ['viewer', { roles: ['operator'] }, 'wider_than_own'],
    ['web', { roles: ['viewer'] }, 'wider_than_own'],
    ['web', { clusters: ['db'] }, 'wider_than_own'],
    ['web', { max_hosts: 3 }, 'wider_than_own'],
    ['nobody', {}, 'wider_than_own'],
    ['viewer', { kind: 'registration', lifetime: 60, cluster: 'web', max_hosts: 1 }, 'wider_than_own'],
    ['tester', { roles: ['root'] }, 'invalid_member'],
    ['tester', { kind: 'registration', lifetime: 60, cluster: 'wbe', max_hosts: 1 }, 'cluster_unknown'],
  ])('%s cannot mint %j', async (who, body, code) => {
    const before = server.dump();
    expectProblem(await server.request('POST', '/api/v0/tokens', body, as(who)), code);
    expect(server.dump()).toBe(before);
  });

  test('what is wrong with one says no more than that it is refused', async () => {
    const { token } = await minted({});
    const [head, body, signature = ''] = token.split('.');
    const changed = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    const answer = await server.request('GET', '/api/v0/hosts', undefined, bearer(changed));
    expectProblem(answer, 'credentials_refused');
    expect(answer.text).not.toContain('ERR_');
    expect(server.log.filter((line) => line.includes(signature) || line.includes(`${body}`))).toEqual([]);
  });

  test('a path that needs no credentials still wants some for tokens', async () => {
    const nobody = { headers: { authorization: '' } };
    expectProblem(await server.request('GET', '/api/v0/tokens/current', undefined, nobody), 'credentials_required');
    expectProblem(await server.request('DELETE', '/api/v0/tokens/current', undefined, nobody), 'credentials_required');
  });
});

describe('tokens are seen and revoked', () => {
  test('by their owner, by a program those it has minted, by an administrator all', async () => {
    const program = await minted({ kind: 'automation', lifetime: 60 }, as('viewer'));
    const below = await minted({ kind: 'automation', lifetime: 60 }, bearer(program.token));
    const other = await minted({ kind: 'automation', lifetime: 60 }, as('viewer'));
    const foreign = await minted({}, as('web'));
    const list = async (options: object) => ids(await server.request('GET', '/api/v0/tokens', undefined, options));
    expect(await list(as('viewer'))).toEqual([other.id, below.id, program.id]);
    expect(await list(bearer(program.token))).toEqual([below.id, program.id]);
    expect(await list(as('web'))).toEqual([foreign.id]);
    expect(await list(as('tester'))).toEqual(expect.arrayContaining([program.id, below.id, other.id, foreign.id]));
    const touch = (method: string, id: string, options: object) =>
      server.request(method, `/api/v0/token/${id}`, undefined, options);
    for (const method of ['GET', 'DELETE']) {
      expectProblem(await touch(method, foreign.id, as('viewer')), 'forbidden');
      expectProblem(await touch(method, 'none', as('viewer')), 'forbidden');
      expectProblem(await touch(method, other.id, bearer(program.token)), 'forbidden');
      expectProblem(await touch(method, 'none', as('tester')), 'token_not_found');
    }
    expect((await touch('GET', below.id, bearer(program.token))).body).toMatchObject({ lineage: [program.id] });
    expect((await touch('DELETE', below.id, bearer(program.token))).body).toEqual([]);
    expect((await touch('DELETE', other.id, as('viewer'))).body).toEqual([]);
    expect((await touch('DELETE', foreign.id, as('tester'))).body).toEqual([]);
    for (const { token } of [below, other, foreign]) {
      expectProblem(await server.request('GET', '/api/v0/tokens', undefined, bearer(token)), 'credentials_refused');
    }
    expect((await touch('GET', program.id, bearer(program.token))).status).toBe(200);
  });

  test('all of an owner at once', async () => {
    const [one, two] = [await minted({}, as('web')), await minted({}, as('web'))];
    const path = '/api/v0/tokens?owner=web';
    expectProblem(await server.request('DELETE', path, undefined, as('viewer')), 'forbidden');
    expect((await server.request('DELETE', path, undefined, as('web'))).body).toEqual({ owner: 'web', revoked: 2 });
    expect((await server.request('DELETE', path)).body).toEqual({ owner: 'web', revoked: 0 });
    for (const { token } of [one, two]) {
      expectProblem(await server.request('GET', '/api/v0/tokens', undefined, bearer(token)), 'credentials_refused');
    }
    expectProblem(await server.request('DELETE', '/api/v0/tokens'), 'invalid_member');
  });

  test('the list has pages and conditions, and what one sees is not taken for what another has seen', async () => {
    await minted({ note: 'a page' });
    const found = await server.request('GET', '/api/v0/tokens?note=a*page&owner=tester&limit=1');
    expect(found.headers.get('x-total-count')).toBe('1');
    const etag = (await server.request('GET', '/api/v0/tokens', undefined, as('viewer'))).headers.get('etag') ?? '';
    const asked = (name: string) => ({ headers: { ...as(name).headers, 'if-none-match': etag } });
    expect((await server.request('GET', '/api/v0/tokens', undefined, asked('viewer'))).status).toBe(304);
    expect((await server.request('GET', '/api/v0/tokens', undefined, asked('web'))).status).toBe(200);
  });

  test('logging out ends the session and what was minted with it', async () => {
    const session = await minted({});
    const { token } = await minted({ kind: 'automation', lifetime: 600 }, bearer(session.token));
    const gone = await server.request('DELETE', '/api/v0/tokens/current', undefined, bearer(session.token));
    expect([gone.status, gone.body]).toEqual([200, []]);
    for (const each of [session.token, token]) {
      expectProblem(await server.request('GET', '/api/v0/tokens', undefined, bearer(each)), 'credentials_refused');
    }
  });

  test('and leave events that hold no token', async () => {
    const { id, token } = await minted({ kind: 'automation', lifetime: 60 }, as('viewer'));
    await server.request('DELETE', `/api/v0/token/${id}`);
    const events = server.events().filter(({ name }) => name.endsWith(id));
    expect(events).toMatchObject([
      { name: `token.created.${id}`, data: { by: 'viewer', kind: 'automation' } },
      { name: `token.revoked.${id}`, data: { by: 'tester', owner: 'viewer' } },
    ]);
    expect(server.dump()).not.toContain(token.split('.')[2]);
  });
});

test('what was revoked stays so after a restart, and what was not goes on', async () => {
  using directory = temporaryDirectory();
  const start = () => startServer({ onAnswer: expectDocumented, configuration, directory: directory.path });
  let [gone, good] = ['', ''];
  {
    await using first = await start();
    const one = await minted({ kind: 'automation', lifetime: 600 }, as('viewer'), first);
    const other = await minted({ kind: 'automation', lifetime: 600 }, as('viewer'), first);
    expect((await first.request('DELETE', `/api/v0/token/${one.id}`)).status).toBe(200);
    [gone, good] = [one.token, other.token];
  }
  await using second = await start();
  expectProblem(await second.request('GET', '/api/v0/hosts', undefined, bearer(gone)), 'credentials_refused');
  expect((await second.request('GET', '/api/v0/hosts', undefined, bearer(good))).status).toBe(200);
});

test('if its owner loses a role, so does the token', async () => {
  using directory = temporaryDirectory();
  const start = (role: string) => {
    const bindings = [{ role, subjects: ['user:viewer'] }];
    const changed = { ...configuration, 'role-bindings': bindings };
    return startServer({ onAnswer: expectDocumented, configuration: changed, directory: directory.path });
  };
  let token = '';
  {
    await using first = await start('operator');
    ({ token } = await minted({ kind: 'automation', lifetime: 600 }, as('viewer'), first));
    expect((await first.request('POST', '/api/v0/events', { type: 'user' }, bearer(token))).status).toBe(201);
  }
  await using second = await start('viewer');
  expectProblem(await second.request('POST', '/api/v0/events', { type: 'user' }, bearer(token)), 'forbidden');
  expect((await second.request('GET', '/api/v0/hosts', undefined, bearer(token))).status).toBe(200);
});

test('keys are rotated by those who may, and old tokens stay good', async () => {
  const { token } = await minted({});
  expectProblem(await server.request('POST', '/api/v0/token-keys/rotate', {}, as('web')), 'forbidden');
  const first = (await server.request('POST', '/api/v0/token-keys/rotate', {})).body as { key: string };
  const { retired } = (await server.request('POST', '/api/v0/token-keys/rotate', {})).body as { retired: string[] };
  expect(retired).toContain(first.key);
  expect((await server.request('GET', '/api/v0/hosts', undefined, bearer(token))).status).toBe(200);
});

describe('who is in the middle of something', () => {
  test('loses the stream of events when the token is revoked', async () => {
    const { token, id } = await minted({});
    await using stream = await follow(server, '', { authorization: `Bearer ${token}` });
    await using another = await follow(server);
    const { sequence } = await post(server);
    await stream.count(1);
    // What says when to end must not be collected meanwhile.
    Bun.gc(true);
    expect((await server.request('DELETE', `/api/v0/token/${id}`)).status).toBe(200);
    const after = await post(server);
    await until(() => stream.ended && another.sequences.includes(after.sequence));
    const last = stream.messages.at(-1);
    expect([last?.name, JSON.parse(last?.data ?? '')]).toEqual([
      'cut_off',
      { reason: 'the token was revoked', since: expect.any(Number) },
    ]);
    expect(stream.sequences).not.toContain(after.sequence);
    expect(sequence).toBeLessThan(after.sequence);
    expect(another.ended).toBe(false);
  });

  test('loses it when the token expires', async () => {
    const { token } = await minted({ lifetime: 1 });
    await using stream = await follow(server, '', { authorization: `Bearer ${token}` });
    await until(() => stream.ended);
    expect(JSON.parse(stream.messages.at(-1)?.data ?? '')).toMatchObject({
      reason: expect.stringMatching(/^the token expired at .*Z$/),
    });
  });

  test('loses the WebSocket', async () => {
    const { token, id } = await minted({});
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v0/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve));
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    await server.request('DELETE', `/api/v0/token/${id}`);
    expect(await closed).toMatchObject({ code: 1008, reason: 'the token was revoked' });
  });

  test('loses the log that is followed', async () => {
    const { token, id } = await minted({});
    // It waits for days, so that its log goes on.
    const body = { kind: 'exec', target: 'host:127.66.1.1', parameters: { command: 'true' } };
    const strategy = { window: { days: [weekdayIn(3)], from: '00:00', to: '00:01', time_zone: 'UTC' } };
    const started = await server.request('POST', '/api/v0/operations', { ...body, strategy });
    const operation = (started.body as { id: string }).id;
    const path = `/api/v0/operation/${operation}/log`;
    const headers = { ...bearer(token).headers, connection: 'close' };
    const answer = fetch(`${server.url}${path}?host=127.66.1.1&follow=true`, { headers });
    await until(() => server.log.some((line) => line.includes(`"path":"${path}","status":200`)));
    await server.request('DELETE', `/api/v0/token/${id}`);
    expect(await (await answer).text()).toBe('');
    await server.request('POST', `/api/v0/operation/${operation}/cancel`, {});
  });
});

/** A day of the week that is not today, nor just about to be. */
function weekdayIn(days: number): string {
  const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  return names[(new Date().getUTCDay() + days) % 7] ?? '';
}

describe('a registration token', () => {
  const wanted = { kind: 'registration', lifetime: 60, cluster: 'web', max_hosts: 2 };
  const put = (token: string, from: string, members: object = {}, path = '/api/v0/host') => {
    const headers = { ...bearer(token).headers, 'content-type': 'application/json' };
    const body = JSON.stringify({ cluster: 'web', port: closedPort, ...members });
    return server.raw('PUT', path, { headers, body, from });
  };

  /** Nothing listens at the machines: their investigations end by themselves. */
  async function quiet(): Promise<void> {
    await until(async () => {
      const { body } = await server.request('GET', '/api/v0/hosts?status=In(investigating,bootstrapping)');
      return Array.isArray(body) && body.length === 0;
    });
    await until(async () => {
      const { body } = await server.request('GET', '/api/v0/operations?status=In(in_process,waiting)');
      return Array.isArray(body) && body.length === 0;
    });
  }

  test('lets so many machines register themselves, each as often as it likes', async () => {
    const { token, id } = await minted(wanted);
    for (const from of ['127.66.4.1', '127.66.4.1', '127.66.4.2', '127.66.4.1']) {
      expect((await put(token, from)).status).toBe(201);
    }
    await quiet();
    const before = server.dump();
    expectProblem(await put(token, '127.66.4.3'), 'registrations_used_up');
    expect(server.dump()).toBe(before);
    expect((await put(token, '127.66.4.2')).status).toBe(201);
    expect((await server.request('GET', `/api/v0/token/${id}`)).body).toMatchObject({
      registration: { cluster: 'web', max_hosts: 2, hosts: ['127.66.4.1', '127.66.4.2'] },
    });
    expect((await server.request('DELETE', '/api/v0/host/127.66.4.1')).status).toBe(200);
    expect((await put(token, '127.66.4.1')).status).toBe(201);
  });

  test('lets no more of them when all come at once', async () => {
    const { token } = await minted(wanted);
    const froms = Array.from({ length: 8 }, (_, index) => `127.66.5.${index + 1}`);
    const answers = await Promise.all(froms.map((from) => put(token, from)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(6);
    const { body } = await server.request('GET', '/api/v0/hosts?address=127.66.5.*');
    expect(body).toHaveLength(2);
  });

  test('registers nobody else, nowhere else, and does nothing else', async () => {
    const { token } = await minted(wanted);
    await quiet();
    const before = server.dump();
    const from = '127.66.6.1';
    expectProblem(await put(token, from, { address: '127.66.6.2' }), 'forbidden');
    expectProblem(await put(token, from, { cluster: 'db' }), 'forbidden');
    expectProblem(await put(token, from, { cluster: null }), 'forbidden');
    expectProblem(await put(token, from, {}, `/api/v0/host/${from}`), 'forbidden');
    expectProblem(await put(token, from, {}, '/api/v0/host?import=true'), 'forbidden');
    expectProblem(await put(token, '127.66.2.1'), 'forbidden');
    const others: [string, string][] = [
      ['GET', '/api/v0/host/127.66.1.1'],
      ['GET', '/api/v0/hosts'],
      ['GET', '/api/v0/tokens'],
      ['POST', '/api/v0/tokens'],
      ['GET', '/api/v0/tokens/current'],
      ['DELETE', '/api/v0/tokens/current'],
      ['POST', '/api/v0/tokens/current/renew'],
      ['GET', '/api/v0/status'],
    ];
    for (const [method, path] of others) {
      const body = method === 'POST' ? {} : undefined;
      expectProblem(await server.request(method, path, body, bearer(token)), 'forbidden');
    }
    expect(server.dump()).toBe(before);
    expect((await put(token, from, { address: from })).status).toBe(201);
  });

  test('is no use once it is revoked', async () => {
    const { token, id } = await minted(wanted);
    await server.request('DELETE', `/api/v0/token/${id}`);
    expectProblem(await put(token, '127.66.7.1'), 'credentials_refused');
  });
});
