import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

test('from init to the second user, without editing a file', async () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  const dataDir = join(directory.path, 'site');
  const env = { HOME: home };
  const call = (words: string[], input = '') => run([compiledExecutable(), ...words], { env, input });
  const passwordIn = (text: string) => /^password: (\S+)$/m.exec(text)?.[1] ?? '';
  const place = ['--data-dir', dataDir];
  const client = join(home, '.commissaire.json');

  const made = call(['init', ...place, '--listen-port', '8765', '--write-client-config']);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('and log in with:\n  commctl login\n') });
  const password = passwordIn(made.stdout);
  const written = {
    endpoint: 'https://127.0.0.1:8765',
    username: 'admin',
    certificate_authority: join(dataDir, 'ca.pem'),
  };
  expect(JSON.parse(readFileSync(client, 'utf8'))).toEqual(written);
  expect(statSync(client).mode & 0o777).toBe(0o600);

  // The configuration of commctl is of that site now, and another one does not replace it.
  const other = ['init', '--data-dir', join(directory.path, 'other'), '--write-client-config'];
  expect(call(other)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is of another site: https://127.0.0.1:8765'),
  });
  expect(() => statSync(join(directory.path, 'other'))).toThrow('ENOENT');

  // While no server runs: what its store binds is not known.
  expect(call(['user', 'list', ...place])).toMatchObject({
    stdout: expect.stringMatching(/^admin +admin +argon2id /m),
    stderr: expect.stringContaining('no server answers'),
  });
  expect(call(['user', 'delete', 'admin', ...place])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('the last user of'),
  });
  const alice = passwordIn(call(['user', 'add', 'alice', '--generate', ...place]).stdout);

  await using server = await CompiledServer.start({ dataDir, args: ['--listen-port', '0'] });
  const trust = ['--ca', join(dataDir, 'ca.pem')];
  const shown = call(['certificate', 'show', ...place]);
  const fingerprint = /^fingerprint: (SHA256:\S+)$/m.exec(shown.stdout)?.[1] ?? '';
  expect(made.stdout).toContain(`fingerprint: ${fingerprint.replace('SHA256:', '')}\n`);
  const login = (words: string[], typed: string) =>
    call(['ctl', 'login', server.url, ...words, '--password-stdin'], typed);
  expect(login([...trust, '-u', 'admin', '--context', 'admin'], password)).toMatchObject({ code: 0, stderr: '' });
  expect(call(['ctl', 'role-binding', 'create', 'alice', 'viewer', 'user:alice'])).toMatchObject({ code: 0 });
  expect(login(['--fingerprint', fingerprint, '-u', 'alice', '--context', 'alice'], alice)).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(JSON.parse(call(['ctl', 'whoami', '-o', 'json']).stdout)).toMatchObject({ name: 'alice', context: 'alice' });
  expect(call(['user', 'list', ...place])).toMatchObject({
    stdout: expect.stringMatching(/^alice +viewer +argon2id /m),
    stderr: '',
  });
  expect(call(['user', 'add', 'bob', '--generate', ...place]).stdout).toContain('roles: none');

  const before = server.log.filter(({ msg }) => msg.startsWith('the file has changed')).length;
  const deleted = call(['user', 'delete', 'alice', ...place]);
  expect(deleted).toMatchObject({ code: 0, stdout: expect.stringContaining('Role bindings of user:alice stay') });
  const revoked = call(['ctl', '--context', 'admin', 'token', 'revoke-all', 'alice', '-o', 'json']);
  expect(JSON.parse(revoked.stdout)).toEqual({ owner: 'alice', revoked: 1 });
  await until(() => {
    // The server looks at the file when somebody logs in.
    expect(login(['-u', 'admin', '--context', 'admin'], password)).toMatchObject({ code: 0 });
    return server.log.filter(({ msg }) => msg.startsWith('the file has changed')).length > before;
  });
  expect(login(['-u', 'alice', '--context', 'alice'], alice)).toMatchObject({ code: 4 });
});
