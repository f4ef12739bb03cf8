import { appendFileSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AuditEntry } from '../../src/audit/entry.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const audit = (...words: string[]) => run([compiledExecutable(), 'audit', ...words]);

async function entriesOf(server: CompiledServer, query: string): Promise<AuditEntry[]> {
  return (await (await server.request(`/api/v0/audit?${query}`)).json()) as AuditEntry[];
}

test('the trail is verified and exported beside a running server and without one, and the export by itself', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const file = join(directory.path, 'trail.jsonl');
  let noted = '';
  {
    await using server = await CompiledServer.start({ dataDir });
    for (const name of ['a', 'b', 'c']) await server.request(`/api/v0/cluster/${name}`, { method: 'PUT', body: {} });
    const { headers } = await server.request('/api/v0/audit');
    noted = headers.get('x-audit-head')?.split(' ')[1] ?? '';
    const beside = audit('verify', '--data-dir', dataDir, '--head', noted);
    expect(beside).toEqual({
      code: 0,
      stdout: `the audit trail is whole, from entry 1 to 7\nit ends with ${noted}\n`,
      stderr: '',
    });
    // Looking on does not hold the server up.
    expect((await server.request('/api/v0/cluster/d', { method: 'PUT', body: {} })).status).toBe(201);
    await server.kill('SIGTERM');
  }
  {
    await using next = await CompiledServer.start({ dataDir });
    // What is noted elsewhere, such as in this log, is what shows that the whole trail was made anew.
    const begun = next.log.find(({ msg }) => msg === 'the audit trail goes on');
    expect(audit('verify', '--data-dir', dataDir, '--head', String(begun?.head))).toMatchObject({ code: 0 });
    await next.kill('SIGTERM');
  }
  const exported = audit('export', '--data-dir', dataDir);
  expect([exported.code, exported.stderr]).toEqual([0, expect.stringMatching(/^the audit trail ends with entry 9, /)]);
  writeFileSync(file, exported.stdout);
  expect(audit('verify', file, '--head', noted)).toMatchObject({ code: 0, stderr: '' });
  writeFileSync(file, exported.stdout.replace('/cluster/b', '/cluster/x'));
  expect(audit('verify', file)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^the audit trail is broken at entry 4: the entry was changed/),
  });
  expect(audit('export', '--data-dir', dataDir, '--since', '9999')).toMatchObject({ code: 0, stdout: '' });
  expect(audit('verify', '--data-dir', join(directory.path, 'nowhere'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no store in the data directory'),
  });
});

test('what a killed server had begun is unknown, and said to be by the next one', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  {
    await using server = await CompiledServer.start({ dataDir });
    const { hostname, port } = new URL(server.url);
    const authorization = `Basic ${btoa(`${server.username}:${server.password}`)}`;
    const socket = connectTcp({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    // Its body never comes, so that it is neither done nor failed.
    socket.write(
      `PUT /api/v0/cluster/web HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 9\r\n\r\n{`,
    );
    await until(async () => (await entriesOf(server, 'result=begun')).length === 1);
    await server.kill('SIGKILL');
    socket.destroy();
  }
  await using next = await CompiledServer.start({ dataDir });
  const [begun] = await entriesOf(next, 'result=begun');
  expect(await entriesOf(next, 'result=unknown')).toEqual([
    expect.objectContaining({ begun: begun?.sequence, target: '/api/v0/cluster/web', who: next.username }),
  ]);
  expect((await next.request('/api/v0/cluster/web')).status).toBe(404);
  expect(audit('verify', '--data-dir', dataDir).code).toBe(0);
});

test.skipIf(!mayMount)(
  `on a full disk what cannot be audited is refused, and reading goes on${needsRoot}`,
  async () => {
    using disk = temporaryFileSystem('size=16m');
    const dataDir = join(disk.path, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    await using server = await CompiledServer.start({ dataDir });
    const put = (name: string) => server.request(`/api/v0/cluster/${name}`, { method: 'PUT', body: {} });
    expect((await put('before')).status).toBe(201);
    const ballast = join(disk.path, 'ballast');
    fill(ballast);
    const refused = await put('during');
    expect(refused.status).toBe(507);
    const detail = expect.stringContaining('it cannot be audited: the change was not stored');
    expect(await refused.json()).toMatchObject({ code: 'store_full', detail });
    expect(await (await server.request('/api/v0/clusters')).json()).toEqual(['before']);
    unlinkSync(ballast);
    expect((await put('after')).status).toBe(201);
    expect(await (await server.request('/api/v0/clusters')).json()).toEqual(['after', 'before']);
    expect(audit('verify', '--data-dir', dataDir).code).toBe(0);
    await server.kill('SIGKILL');
  },
);

/** Until nothing more fits. */
function fill(path: string): void {
  try {
    while (true) appendFileSync(path, Buffer.alloc(4096));
  } catch {
    // Full.
  }
}
