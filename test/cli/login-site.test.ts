import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { startServer, type TestServer, usersNamed } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';

const password = 'of the tests';
const files = temporaryDirectory();
const ca = join(files.path, 'ca.pem');
const otherCa = join(files.path, 'other.pem');
let authority: Authority;
let server: TestServer;
let expired: TestServer;
let fingerprint: string;

beforeAll(async () => {
  authority = await makeAuthority('of the site');
  writeFileSync(ca, authority.certificate);
  writeFileSync(otherCa, (await makeAuthority('of another site')).certificate);
  const issued = await authority.issue({ address: '127.0.0.1' });
  fingerprint = new X509Certificate(issued.certificate).fingerprint256;
  server = await serving('server.pem', issued);
  const hour = 3_600_000;
  const past = { notBefore: new Date(Date.now() - 2 * hour), notAfter: new Date(Date.now() - hour) };
  expired = await serving('expired.pem', await authority.issue({ address: '127.0.0.1' }, past));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await expired[Symbol.asyncDispose]();
  files[Symbol.dispose]();
});

/** Sends its authority along, as a server set up with `init` does. */
function serving(name: string, { certificate, key }: { certificate: string; key: string }): Promise<TestServer> {
  const pem = join(files.path, name);
  writeFileSync(pem, `${key}\n${certificate}\n${authority.certificate}`, { mode: 0o600 });
  return startServer({
    tls: { ca: authority.certificate },
    configuration: {
      'tls-pemfile': pem,
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'alice') }],
      'default-role': 'none',
      'role-bindings': [{ role: 'admin', subjects: ['user:tester', 'user:alice'] }],
    },
  });
}

/** A person with a home directory that stays between calls. */
function person(members?: object) {
  const directory = temporaryDirectory();
  const path = join(directory.path, '.commissaire.json');
  if (members !== undefined) writeFileSync(path, JSON.stringify(members), { mode: 0o600 });
  const environment = { HOME: directory.path };
  return {
    path,
    written: () => JSON.parse(readFileSync(path, 'utf8')),
    text: () => readFileSync(path, 'utf8'),
    runs: (...words: string[]) => commctl(words, { environment, stdin: `${password}\n` }),
    types: (answers: Record<string, string>, ...words: string[]) =>
      commctlOnTerminal(words, { environment, answers, size: { cols: 200, rows: 24 } }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

const asTester = ['-u', 'tester', '--password-stdin'];

describe('login URL writes the configuration', () => {
  test('with the CA, or the fingerprint in any spelling, and never the password', async () => {
    for (const [trust, written] of [
      [['--ca', ca], { certificate_authority: ca }],
      [['--fingerprint', `SHA256:${fingerprint}`], { fingerprint: `SHA256:${fingerprint}` }],
    ] as const) {
      using who = person();
      const { exitCode, stdout, stderr } = await who.runs(
        'login',
        `${server.url}/`,
        ...trust,
        ...asTester,
        '-o',
        'table',
      );
      expect([exitCode, stderr]).toEqual([0, '']);
      const [first, second, third] = stdout.split('\n');
      expect(first).toMatch(
        /^logged in to https:\/\/127\.0\.0\.1:\d+ as tester until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
      );
      expect(second).toBe('the session ends earlier when commctl is not used for 10 minutes');
      expect(third).toBe(`the context "default" of ${who.path} is in use`);
      expect(who.written()).toEqual({ endpoint: server.url, username: 'tester', ...written });
      expect(statSync(who.path).mode & 0o777).toBe(0o600);
      const caller = JSON.parse((await who.runs('whoami', '-o', 'json')).stdout);
      expect(caller).toMatchObject({
        name: 'tester',
        method: 'httpbasicauth',
        context: 'default',
        endpoint: server.url,
        until: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      });
    }
  });

  test('each context has its own session at the same server, and keeps it under another name', async () => {
    using who = person();
    for (const name of ['tester', 'alice']) {
      const words = ['login', server.url, '--ca', ca, '-u', name, '--password-stdin', '--context', `as-${name}`];
      expect(await who.runs(...words)).toMatchObject({ exitCode: 0 });
    }
    expect(who.written()).toMatchObject({ context: 'as-alice', contexts: { 'as-tester': {}, 'as-alice': {} } });
    const nameOf = async (...words: string[]) =>
      JSON.parse((await who.runs(...words, 'whoami', '-o', 'json')).stdout).name;
    expect(await nameOf()).toBe('alice');
    expect(await nameOf('--context', 'as-tester')).toBe('tester');
    await who.runs('context', 'rename', 'as-tester', 'mine');
    expect(await nameOf('--context', 'mine')).toBe('tester');
    expect(await who.runs('logout')).toMatchObject({ exitCode: 0, stdout: 'Success\n' });
    expect(await nameOf('--context', 'mine')).toBe('tester');
    await who.runs('context', 'delete', 'mine', '--yes');
    await who.runs('context', 'create', 'mine', server.url, '--ca', ca, '-u', 'tester');
    expect(await who.runs('--context', 'mine', 'whoami')).toMatchObject({ exitCode: 2 });
  });

  test('on a terminal the certificate is shown, and asked about', async () => {
    using who = person();
    const no = await who.types({ 'Trust this certificate? [y/N] ': '\r' }, 'login', server.url);
    expect(no.exitCode).toBe(130);
    expect(no.screen).toContain(`fingerprint: SHA256:${fingerprint}`);
    expect(no.screen).toContain('issued by:   CN=of the site');
    expect(() => who.text()).toThrow('ENOENT');
    const answers = {
      'Trust this certificate? [y/N] ': 'yes\r',
      'Username: ': 'tester\r',
      'Password: ': `${password}\r`,
    };
    const yes = await who.types(answers, 'login', server.url, '--context', 'lab');
    expect([yes.exitCode, yes.screen]).toEqual([0, expect.stringContaining('as tester until ')]);
    expect(who.written()).toEqual({
      context: 'lab',
      contexts: { lab: { endpoint: server.url, fingerprint, username: 'tester' } },
    });
    expect(who.text()).not.toContain(password);
    // The certificate is known from now on.
    const again = await who.types({ 'Password: ': `${password}\r` }, 'login', server.url);
    expect([again.exitCode, again.screen]).toEqual([0, expect.not.stringContaining('Trust this')]);
  });

  test('another user takes the place of the one with a password', async () => {
    using who = person({ endpoint: server.url, username: 'alice', password: 'wrong', certificate_authority: ca });
    expect(await who.runs('login', server.url, ...asTester)).toMatchObject({ exitCode: 0 });
    expect(who.written()).toEqual({ endpoint: server.url, certificate_authority: ca, username: 'tester' });
  });
});

describe('login URL is refused, and nothing is written', () => {
  const elsewhere = { endpoint: 'https://jump.example.com', username: 'a' };
  test.each<[string, object | undefined, () => string[], number, RegExp]>([
    [
      'without a terminal',
      undefined,
      () => [server.url],
      2,
      /is not trusted yet: .*\nhint: compare .*certificate show.*--fingerprint [0-9A-F:]{95}/,
    ],
    [
      'with another fingerprint',
      undefined,
      () => [server.url, '--fingerprint', 'ab'.repeat(32)],
      5,
      /another fingerprint: [0-9A-F:]{95}\nhint: .*certificate show/,
    ],
    [
      'with a CA that does not fit',
      undefined,
      () => [server.url, '--ca', otherCa],
      5,
      new RegExp(
        `the certificate authority ${otherCa} does not fit the server's certificate: it was issued by "CN=of the site"; the fingerprint .* is [0-9A-F:]{95}`,
      ),
    ],
    [
      'under a name that the certificate is not for',
      undefined,
      () => [server.url.replace('127.0.0.1', 'localhost'), '--ca', ca],
      5,
      /for another name: 127\.0\.0\.1, and not for localhost\nhint: .*certificate renew --name localhost/,
    ],
    [
      'with an expired certificate',
      undefined,
      () => [expired.url, '--ca', ca],
      5,
      /its certificate has expired, at \d{4}-\d\d-\d\dT.*Z\nhint: make a new one with `commissaire certificate renew`/,
    ],
    [
      'where the file is of another site',
      elsewhere,
      () => [server.url, '--ca', ca],
      2,
      /is of another site: https:\/\/jump\.example\.com\nhint: give the new site a name with --context NAME/,
    ],
    [
      'where the context is of another site',
      { contexts: { lab: elsewhere } },
      () => [server.url, '--context', 'lab'],
      2,
      /the context "lab" is of another site/,
    ],
    [
      'with a wrong fingerprint',
      undefined,
      () => [server.url, '--fingerprint', 'ab'],
      2,
      /--fingerprint: "ab" is not the SHA-256/,
    ],
    [
      'with a fingerprint for http',
      undefined,
      () => ['http://127.0.0.1:1', '--fingerprint', 'ab'.repeat(32)],
      2,
      /not https/,
    ],
    ['with two servers', undefined, () => [server.url, '--endpoint', server.url], 2, /given twice/],
    ['with a name that is none', undefined, () => [server.url, '-u', 'a:b'], 2, /has a colon/],
    [
      'without a URL for a fingerprint',
      elsewhere,
      () => ['--fingerprint', 'ab'.repeat(32)],
      2,
      /--fingerprint needs the URL/,
    ],
  ])('%s', async (_, file, words, code, said) => {
    using who = person(file);
    const { exitCode, stderr } = await who.runs('login', ...words(), '--password-stdin');
    expect([exitCode, stderr]).toEqual([code, expect.stringMatching(said)]);
    if (file === undefined) expect(() => who.text()).toThrow('ENOENT');
    else expect(who.written()).toEqual(file);
  });

  test('with a wrong password, or --dry-run', async () => {
    using who = person();
    const wrong = await commctl(['login', server.url, '--ca', ca, '-u', 'tester', '--password-stdin'], {
      environment: { HOME: join(who.path, '..') },
      stdin: 'wrong',
    });
    expect(wrong.exitCode).toBe(4);
    expect(await who.runs('--dry-run', 'login', server.url, '--ca', ca, ...asTester)).toMatchObject({ exitCode: 0 });
    expect(() => who.text()).toThrow('ENOENT');
  });
});
