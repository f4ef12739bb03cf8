import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from '@sinclair/typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PinnedHostKey } from '../../src/ssh/host-keys.ts';
import { authorize, type Fleet, withSshdFleet } from '../support/fleet.ts';
import { makeOpensslKey } from '../support/openssl-key.ts';
import { type TestServer as RealServer, startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { commctl, type Invocation, start } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

let fleet: Fleet & AsyncDisposable;
let server: RealServer;
let file: string;
let address: string;
let behind: string;

beforeAll(async () => {
  fleet = await withSshdFleet(2);
  server = await startServer();
  file = JSON.stringify({ endpoint: server.url, username: 'tester', password: 'of the tests' });
  const [near, far] = fleet.hosts;
  if (near === undefined || far === undefined) throw new Error('the fleet has no two hosts');
  [address, behind] = [near.address, far.address];
  const login = { ssh_priv_key: readFileSync(fleet.key).toString('base64'), remote_user: fleet.user };
  await server.request('PUT', `/api/v0/host/${address}`, { ...login, port: near.port });
  await pinned(address);
  await server.request('PUT', `/api/v0/host/${behind}`, { ...login, port: far.port, proxy_jump: address });
  await pinned(behind);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

/** Its investigation sees the host key. */
async function pinned(of: string): Promise<void> {
  await until(async () => (await server.request('GET', `/api/v0/host/${of}/hostkey`)).status === 200);
}

/** With a place of its own for temporary files, which must be empty afterwards. */
function place(): Disposable & { invocation: Invocation; temporary: string; left: () => string[] } {
  const directory = temporaryDirectory();
  const temporary = join(directory.path, 'tmp');
  mkdirSync(temporary);
  return {
    invocation: { file, environment: { TMPDIR: temporary } },
    temporary,
    left: () => readdirSync(temporary).filter((name) => name.startsWith('commctl-')),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

async function ssh(args: string[], invocation: Invocation = {}) {
  using own = place();
  const ended = await commctl(['host', 'ssh', ...args], { ...own.invocation, ...invocation });
  expect(own.left()).toEqual([]);
  return ended;
}

describe('ssh', () => {
  test('has its streams and its exit code, and no file is left', async () => {
    const args = [address, '--', 'cat; echo err >&2; exit 7'];
    expect(await ssh(args, { stdin: 'in\n' })).toEqual({ exitCode: 7, stdout: 'in\n', stderr: 'err\n' });
  });

  test('takes what is behind the host as it stands, and may be told another port', async () => {
    const { stdout } = await ssh([address, '-G', '-p', '9876', '-o', 'RemoteCommand=$(touch /nonexistent) `a` b']);
    const lines = stdout.split('\n');
    expect(lines).toContain('port 9876');
    expect(lines).toContain('remotecommand $(touch /nonexistent) `a` b');
    expect(lines).toContain(`user ${fleet.user}`);
  });

  test('checks the pinned host key, and finds it, whatever it is told', async () => {
    const words = loosened().flatMap((option) => ['-o', option]);
    const settings = async (...more: string[]) => (await ssh([address, '-G', ...more])).stdout;
    expect(withoutDirectory(await settings(...words))).toBe(withoutDirectory(await settings()));
    expect(await ssh([address, ...words, '--', 'echo there'])).toEqual(there);
  });

  test('checks the pinned host key, and finds it, whatever the configuration of the user says', async () => {
    using own = userConfig(loosened());
    expect(await ssh([address, '--', 'echo there'], own.invocation)).toEqual(there);
    const { exitCode, stdout } = await ssh([behind, '--', 'echo there'], own.invocation);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'there\n' });
  });

  test('logs in with a key in PKCS #8 form and with line ends of Windows, which ssh itself may not read', async () => {
    const { file, publicLine } = makeOpensslKey(['-algorithm', 'ED25519']);
    authorize(fleet, publicLine);
    const ssh_priv_key = Buffer.from(file.toString().replaceAll('\n', '\r\n')).toString('base64');
    const credentials = `/api/v0/host/${address}/creds`;
    const usual = readFileSync(fleet.key).toString('base64');
    expect(await server.request('PUT', credentials, { ssh_priv_key })).toMatchObject({ status: 201 });
    const ended = await ssh([address, '--', 'echo in']);
    await server.request('PUT', credentials, { ssh_priv_key: usual });
    expect(ended).toEqual({ exitCode: 0, stdout: 'in\n', stderr: '' });
  });

  test('goes through the jump host', async () => {
    const { exitCode, stdout, stderr } = await ssh([behind, '-v', '--', 'echo there']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'there\n' });
    expect(stderr).toMatch(new RegExp(`-W '\\[%h\\]:%p' ${address}|-W '?\\[${behind}\\]:\\d+'? ${address}`));
  });
});

const there = { exitCode: 0, stdout: 'there\n', stderr: '' };

/** Options with which ssh would accept another key, or not find the pinned one. @param file a known_hosts file */
function loosened(file = '/dev/null'): string[] {
  return [
    'StrictHostKeyChecking=no',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${file}`,
    `GlobalKnownHostsFile=${file}`,
    `KnownHostsCommand=/bin/cat ${file}`,
    'HostKeyAlias=other.example.com',
    'HostKeyAlgorithms=ssh-rsa',
    'CheckHostIP=yes',
    'NoHostAuthenticationForLocalhost=yes',
    'VerifyHostKeyDNS=yes',
    'UpdateHostKeys=yes',
    'ControlMaster=auto',
    'ControlPath=/nonexistent/%C',
  ];
}

/** Each run has a directory of its own. */
function withoutDirectory(text: string): string {
  return text.replaceAll(/\S+\/commctl-\w+/g, '');
}

/**
 * The configuration of the user, which ssh looks for in the home of the passwd file: here the `ssh` on `PATH` is one
 * that looks elsewhere.
 */
function userConfig(lines: readonly string[]): Disposable & { invocation: Invocation } {
  const directory = temporaryDirectory();
  const [config, program, temporary] = ['config', 'ssh', 'tmp'].map((name) => join(directory.path, name));
  if (config === undefined || program === undefined || temporary === undefined) throw new Error('there is no place');
  mkdirSync(temporary, { recursive: true });
  writeFileSync(config, `${lines.join('\n')}\n`);
  const moved = `[ "$1" != -F ] || sed -i 's#~/.ssh/config#${config}#' "$2"`;
  writeFileSync(program, `#!/bin/sh\n${moved}\nexec ${Bun.which('ssh')} "$@"\n`, { mode: 0o755 });
  return {
    invocation: { environment: { TMPDIR: temporary, PATH: `${directory.path}:${process.env.PATH}` } },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

describe('while it runs', () => {
  /** Runs until the file is there. */
  const waiting = (flag: string) => ['host', 'ssh', address, '--', `until [ -e ${flag} ]; do sleep 0.05; done`];

  test('only the owner can read its files', async () => {
    using own = place();
    const flag = join(own.temporary, 'end');
    using running = start(waiting(flag), own.invocation);
    await until(() => own.left().some((name) => existsSync(join(own.temporary, name, 'config'))));
    const [name = ''] = own.left();
    const directory = join(own.temporary, name);
    const modes = [directory, ...readdirSync(directory).map((file) => join(directory, file))].map(
      (path) => statSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
    writeFileSync(flag, '');
    expect(await running.ended).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(own.left()).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)('%s leaves nothing behind', async (signal) => {
    using own = place();
    const begun = join(own.temporary, 'begun');
    const flag = join(own.temporary, 'end');
    const [, , , , loop = ''] = waiting(flag);
    using running = start(['host', 'ssh', address, '--', `touch ${begun}; ${loop}`], own.invocation);
    await until(() => existsSync(begun));
    expect(own.left()).toHaveLength(1);
    running.kill(signal);
    if (signal !== 'SIGKILL') expect((await running.ended).exitCode).not.toBe(0);
    await until(() => own.left().length === 0);
    writeFileSync(flag, '');
    await running.ended;
  });
});

describe('is not run', () => {
  const key = { ssh_priv_key: 'a2V5', remote_user: 'root', port: 22 };
  const seen = { algorithm: 'ssh-ed25519', public_key: 'AAAA' };
  const routes = '/api/v0/host/192.0.2.11';
  const cases: { name: string; creds: object; hostKey: object; stderr: string }[] = [
    {
      name: 'while nobody has seen the host key',
      creds: key,
      hostKey: { algorithm: '', public_key: '' },
      stderr: 'commctl: the server has not seen the host key of 192.0.2.11 yet, only its fingerprint was named\n',
    },
    {
      name: 'with a name that would be another line of its configuration',
      creds: { ...key, remote_user: 'root\n  ProxyCommand touch' },
      hostKey: seen,
      stderr: 'commctl: the server answered with credentials of 192.0.2.11 that ssh cannot take\n',
    },
    {
      name: 'through itself',
      creds: { ...key, proxy_jump: ['192.0.2.11'] },
      hostKey: seen,
      stderr: 'commctl: the jump hosts of 192.0.2.11 lead back to it\n',
    },
  ];

  test.each(cases)('$name', async ({ creds, hostKey, stderr }) => {
    using fake = new TestServer({
      [`GET ${routes}/creds`]: json({ address: '192.0.2.11', ...creds }),
      [`GET ${routes}/hostkey`]: json({ address: '192.0.2.11', ...hostKey }),
    });
    const ended = await ssh(['192.0.2.11'], {
      file: JSON.stringify({ endpoint: fake.url, username: 'a', password: 'b' }),
    });
    const [first] = ended.stderr.split(/(?<=\n)/);
    expect({ ...ended, stderr: first }).toEqual({ exitCode: 1, stdout: '', stderr });
  });

  test('for a host that is not there, and nobody reads a key', async () => {
    using fake = new TestServer({
      [`GET ${routes}/hostkey`]: () => problem(404, { code: 'host_not_found', detail: 'there is no host 192.0.2.11' }),
    });
    const ended = await ssh(['192.0.2.11'], {
      file: JSON.stringify({ endpoint: fake.url, username: 'a', password: 'b' }),
    });
    expect(ended).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'No object found.\ncommctl: there is no host 192.0.2.11\n',
    });
    expect(fake.asked).toEqual([`GET ${routes}/hostkey`]);
  });

  describe('to a machine that shows another host key', () => {
    const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIHxKZT8xS3lVtqNWyRtB0Fqk2mTfSgbmTAFvqnV4nPBd';

    /** The server has another key pinned. `known` is a known_hosts file with the key that the machine shows. */
    async function changed(): Promise<Disposable & { url: string; known: string }> {
      const directory = temporaryDirectory();
      mkdirSync(directory.path, { recursive: true });
      const { port } = fleet.hosts[0] ?? { port: 0 };
      const ssh_priv_key = readFileSync(fleet.key).toString('base64');
      const shown = Value.Parse(PinnedHostKey, (await server.request('GET', `/api/v0/host/${address}/hostkey`)).body);
      const known = join(directory.path, 'known_hosts');
      const names = [address, `[${address}]:${port}`, 'other.example.com'].join(',');
      writeFileSync(known, `${names} ${shown.algorithm} ${shown.public_key}\n`);
      const fake = new TestServer({
        [`GET /api/v0/host/${address}/creds`]: json({ address, ssh_priv_key, remote_user: fleet.user, port }),
        [`GET /api/v0/host/${address}/hostkey`]: json({ address, algorithm: 'ssh-ed25519', public_key: other }),
      });
      return {
        url: fake.url,
        known,
        [Symbol.dispose]: () => {
          fake[Symbol.dispose]();
          directory[Symbol.dispose]();
        },
      };
    }

    const refused = { exitCode: 255, stdout: '', stderr: expect.stringContaining('Host key verification failed.') };
    const configured = (url: string) => JSON.stringify({ endpoint: url, username: 'a', password: 'b' });

    test('with the options of the server', async () => {
      using fake = await changed();
      expect(await ssh([address, '--', 'echo run'], { file: configured(fake.url) })).toEqual(refused);
    });

    test.each([...new Set(loosened().map((option) => option.replace(/=.*/, '')))])(
      'nor with another %s',
      async (name) => {
        using fake = await changed();
        const options = loosened(fake.known).filter((option) => option.startsWith(`${name}=`));
        expect(options).not.toEqual([]);
        for (const option of options) {
          const words = [address, '-o', option, '--', 'echo run'];
          expect(await ssh(words, { file: configured(fake.url) })).toEqual(refused);
        }
      },
    );

    test('nor with all of them, on the command line or in the configuration of the user', async () => {
      using fake = await changed();
      const options = loosened(fake.known);
      const words = options.flatMap((option) => ['-o', option]);
      const file = configured(fake.url);
      expect(await ssh([address, ...words, '--', 'echo run'], { file })).toEqual(refused);
      using own = userConfig(options);
      expect(await ssh([address, '--', 'echo run'], { ...own.invocation, file })).toEqual(refused);
    });

    test('nor with another configuration', async () => {
      using fake = await changed();
      const { port } = fleet.hosts[0] ?? { port: 0 };
      const words = [address, '-F', '/dev/null', '-p', `${port}`, '-o', `UserKnownHostsFile=${fake.known}`, 'echo run'];
      expect(await ssh(words, { file: configured(fake.url) })).toEqual(refused);
    });
  });
});
