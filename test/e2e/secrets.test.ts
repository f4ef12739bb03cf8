import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { run } from './support.ts';

const rotate = (dataDir: string, env = {}) =>
  run([compiledExecutable(), 'secrets', 'rotate', '--data-dir', dataDir], { env });
const keyIn = (dataDir: string) => readFileSync(join(dataDir, 'master.key'), 'utf8');
const host = '/api/v0/host/127.66.0.1';

async function importHost(server: CompiledServer): Promise<void> {
  const body = { status: 'active', remote_user: 'marked' };
  expect((await server.request(`${host}?import=true`, { method: 'PUT', body })).status).toBe(201);
}

test('secrets rotate works through a running server, and without one', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const sealed = {
    code: 0,
    stdout: expect.stringMatching(/^\d+ secrets are sealed with the new master key/),
    stderr: '',
  };
  {
    await using server = await CompiledServer.start({ dataDir });
    await importHost(server);
    const before = keyIn(dataDir);
    expect(rotate(dataDir)).toEqual(sealed);
    expect(keyIn(dataDir)).not.toBe(before);
    expect(await (await server.request(`${host}/creds`)).json()).toMatchObject({ remote_user: 'marked' });
    const told = await (await server.request('/api/v0/audit?action=*rotate&result=done')).json();
    expect(told).toEqual([expect.objectContaining({ action: 'POST /api/v0/secret-keys/rotate' })]);
    await server.kill('SIGTERM');
  }
  const between = keyIn(dataDir);
  expect(rotate(dataDir)).toEqual(sealed);
  expect(keyIn(dataDir)).not.toBe(between);
  await using next = await CompiledServer.start({ dataDir });
  expect(await (await next.request(`${host}/creds`)).json()).toMatchObject({ remote_user: 'marked' });
});

test('a credential of systemd protects the master key, and nothing starts without it', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const env = { CREDENTIALS_DIRECTORY: directory.path };
  writeFileSync(join(directory.path, 'commissaire-passphrase'), 'correct horse\n', { mode: 0o400 });
  {
    await using server = await CompiledServer.start({ dataDir, env });
    await importHost(server);
    await server.kill('SIGTERM');
  }
  const text = keyIn(dataDir);
  expect(JSON.parse(text)).toMatchObject({ wrapped: 'commissaire master key' });
  await using without = CompiledServer.spawn({ dataDir });
  expect(await without.exited).toEqual({ code: 1, signal: null });
  expect(without.lines.join('\n')).toMatch(/is protected by a passphrase, and none was given/);
  expect(rotate(dataDir)).toMatchObject({ code: 1, stderr: expect.stringContaining('none was given') });
  expect(keyIn(dataDir)).toBe(text);
  expect(rotate(dataDir, env)).toMatchObject({ code: 0 });
  await using next = await CompiledServer.start({ dataDir, env });
  expect(await (await next.request(`${host}/creds`)).json()).toMatchObject({ remote_user: 'marked' });
});

test('secrets passphrase works through a running server, and without one', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const write = (name: string, text: string) => {
    writeFileSync(join(directory.path, name), `${text}\n`, { mode: 0o600 });
    return join(directory.path, name);
  };
  const file = write('passphrase', 'correct horse');
  const next = write('next', 'battery staple');
  const env = { COMMISSAIRE_MASTER_PASSPHRASE_FILE: file };
  const change = (...args: string[]) =>
    run([compiledExecutable(), 'secrets', 'passphrase', '--data-dir', dataDir, ...args], { env });
  {
    await using server = await CompiledServer.start({ dataDir, env });
    await importHost(server);
    expect(change('--new-file', next)).toEqual({
      code: 0,
      stdout: `the new passphrase protects the master key\nThe next start needs it: put it into ${file} now.\n`,
      stderr: '',
    });
    // The file still has the former one.
    expect(change('--remove')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not its present passphrase'),
    });
    await server.kill('SIGKILL');
  }
  await using refused = CompiledServer.spawn({ dataDir, env });
  expect(await refused.exited).toMatchObject({ code: 1 });
  expect(refused.lines.join('\n')).toContain('the passphrase does not open the master key');
  expect(change('--current-file', next, '--remove')).toMatchObject({ code: 0, stderr: '' });
  expect(keyIn(dataDir)).toMatch(/^[\w-]{43}\n$/);
  expect(change()).toMatchObject({ code: 2, stderr: expect.stringContaining('nobody to ask') });
  expect(change('--new-file', file)).toMatchObject({ code: 0, stderr: '' });
  await using last = await CompiledServer.start({ dataDir, env });
  expect(await (await last.request(`${host}/creds`)).json()).toMatchObject({ remote_user: 'marked' });
});
