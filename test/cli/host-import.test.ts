import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { closedPort, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { commctl } from './support/commctl.ts';

/** Imports against a real server, whose answers decide what is said of each host. */

let server: TestServer;
let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(async () => {
  server = await startServer();
  directory = temporaryDirectory();
  write('key', Buffer.from(makeSshKey().privateFile, 'base64').toString());
});
afterEach(async () => {
  directory[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const invocation = () => ({
  file: JSON.stringify({ endpoint: server.url, username: 'tester', password: 'of the tests' }),
});
const write = (name: string, text: string) => writeFileSync(join(directory.path, name), text, { mode: 0o600 });
const inventory = (port = closedPort) =>
  `[web]\nweb1 ansible_host=127.66.4.1\nweb2 ansible_host=127.66.4.2\n[db]\ndb1 ansible_host=127.66.4.3\n[site:children]\nweb\n[all:vars]\nansible_port=${port}\nansible_become=true\n`;

async function run(...args: string[]) {
  const words = ['host', 'create', '--file', join(directory.path, 'hosts.ini'), '--key', join(directory.path, 'key')];
  const ended = await commctl([...words, ...args], invocation());
  return { ...ended, stderr: ended.stderr.replaceAll(directory.path, 'DIR') };
}

const resultsIn = (stdout: string) => {
  const results: unknown = parse(stdout);
  return Array.isArray(results) ? results.map(({ name, result, differs }) => [name, result, ...(differs ?? [])]) : [];
};

/** Until the hosts are as an investigation of a machine without a listener leaves them. */
const settled = (count: number) =>
  until(async () => {
    const { body } = await server.request('GET', '/api/v0/operations?kind=bootstrap&status=failed');
    return Array.isArray(body) && body.length === count;
  });

const hostsOf = async (target: string) => {
  const { body } = await server.request('GET', `/api/v0/hosts?target=${encodeURIComponent(target)}`);
  return Array.isArray(body) ? body.map(({ name }) => name) : body;
};

test('an inventory is imported with names and groups; a second run says unchanged and changes nothing', async () => {
  write('hosts.ini', inventory());
  const names = ['web1', 'web2', 'db1'];
  const dry = await run('--dry-run');
  expect({ ...dry, stdout: resultsIn(dry.stdout) }).toEqual({
    exitCode: 0,
    stdout: names.map((name) => [name, 'new']),
    stderr: 'DIR/hosts.ini:10: note: not used: the variable ansible_become (3 hosts)\n',
  });
  expect(await hostsOf('all')).toEqual([]);
  const first = await run();
  expect([first.exitCode, resultsIn(first.stdout)]).toEqual([0, names.map((name) => [name, 'registered'])]);
  expect(await hostsOf('label:group.site')).toEqual(['web1', 'web2']);
  expect(await hostsOf('web1 | label:group.db')).toEqual(['web1', 'db1']);
  await settled(3);
  const before = server.dump();
  for (const args of [[], ['--dry-run']]) {
    const again = await run(...args);
    expect([again.exitCode, resultsIn(again.stdout)]).toEqual([0, names.map((name) => [name, 'unchanged'])]);
  }
  expect(server.dump() === before).toBe(true);
});

test('what a changed file says otherwise is named with the commands, once for all hosts', async () => {
  write('hosts.ini', inventory());
  await run();
  await settled(3);
  write('hosts.ini', inventory(2).replace('[db]', '[sql]').replace('web2 ', 'web9 '));
  const before = server.dump();
  const { exitCode, stdout, stderr } = await run();
  expect([exitCode, resultsIn(stdout)]).toEqual([
    1,
    [
      ['web1', 'different', 'port'],
      ['web9', 'different', 'port', 'name'],
      ['db1', 'different', 'port', 'labels'],
    ],
  ]);
  expect(stderr).toContain('commctl: 127.66.4.2: registered already, and kept as it is: another port, name\n');
  expect(stderr).toContain('`commctl host rename 127.66.4.2 NAME`');
  expect(stderr).toContain('`commctl host label 127.66.4.3 KEY=VALUE`');
  expect(server.dump() === before).toBe(true);
});

test('refusals are one line for each reason', async () => {
  write('hosts.ini', inventory());
  await run();
  await settled(3);
  write('key', Buffer.from(makeSshKey().privateFile, 'base64').toString());
  for (const args of [[], ['--dry-run']]) {
    const { exitCode, stderr } = await run('--groups', 'none', ...args);
    expect(exitCode).toBe(1);
    expect(stderr.split('\n').filter((line) => line.startsWith('commctl:'))).toEqual([
      'commctl: 127.66.4.[1-3] (3 hosts): HOST exists already, with another private key',
    ]);
    expect(stderr).toContain('hint: change its credentials with `commctl host creds HOST KEY_FILE`\n');
    expect(stderr).toContain('note: not used: the groups db, site, web\n');
  }
});

describe('--groups clusters', () => {
  test('creates the clusters, and adds their members', async () => {
    write('hosts.ini', inventory());
    const dry = await run('--groups', 'clusters', '--dry-run');
    expect(dry.stderr).toContain('commctl: note: the cluster db would be created\n');
    expect((await server.request('GET', '/api/v0/clusters')).body).toEqual([]);
    const { exitCode, stderr } = await run('--groups', 'clusters');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('note: not used: the group site\n');
    expect(stderr).toContain('commctl: note: the cluster web was created\n');
    expect(await hostsOf('cluster:web')).toEqual(['web1', 'web2']);
    expect(await hostsOf('cluster:db')).toEqual(['db1']);
  });

  test('adds a host that was registered before without its group', async () => {
    await server.request('PUT', '/api/v0/host/127.66.4.3?import=true', {
      status: 'active',
      ssh_priv_key: Buffer.from(await Bun.file(join(directory.path, 'key')).bytes()).toString('base64'),
      port: closedPort,
      name: 'db1',
    });
    write('hosts.ini', '[db]\ndb1 ansible_host=127.66.4.3\n[all:vars]\nansible_port=1\n');
    expect(resultsIn((await run('--groups', 'clusters', '--dry-run')).stdout)).toEqual([['db1', 'joins']]);
    expect(resultsIn((await run('--groups', 'clusters')).stdout)).toEqual([['db1', 'joined']]);
    expect(await hostsOf('cluster:db')).toEqual(['db1']);
    expect(resultsIn((await run('--groups', 'clusters')).stdout)).toEqual([['db1', 'unchanged']]);
  });

  test('refuses hosts that several groups name, with one line for all of them', async () => {
    write('hosts.ini', '[web]\nh[1:3]\n[eu]\nh[1:3]\n');
    const { exitCode, stderr } = await run('--groups', 'clusters');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('h[1-3]: several groups name it (eu, web), and a host is a member of one cluster');
    expect(stderr).toContain('nothing was sent');
  });
});

test('a list gives names to the hosts of a node set, and its jump hosts may be names', async () => {
  const hosts = [
    '- {address: "127.66.6.[1-2]", name: "app[1-2]", port: 1}',
    '- {address: 127.66.6.9, name: gate, port: 1}',
    '- {address: 127.66.6.3, name: app3, port: 1, proxy_jump: gate}',
  ];
  write('hosts.ini', `${hosts.join('\n')}\n`);
  const { exitCode } = await run('--format', 'yaml');
  expect(exitCode).toBe(0);
  expect(await hostsOf('app[1-3]')).toEqual(['app1', 'app2', 'app3']);
  const { body } = await server.request('GET', '/api/v0/host/app3/creds');
  expect(body).toMatchObject({ proxy_jump: ['127.66.6.9'] });
  write(
    'hosts.ini',
    '- {address: "127.66.6.[1-2]", name: app1}\n- {address: h9, name: a b}\n- {address: h8, name: h7}\n- h7\n',
  );
  const { stderr } = await run('--format', 'yaml');
  expect(stderr).toContain('DIR/hosts.ini:1: name app1 makes 1, but there are 2 addresses\n');
  expect(stderr).toContain('DIR/hosts.ini:2: "a b" is neither an address nor a node set\n');
  expect(stderr).toContain('h7 is the name of h8, and an address in line 4\n');
});

test('a host is renamed, shown and listed with its name', async () => {
  const ctl = (...words: string[]) => commctl(words, invocation());
  await server.request('PUT', '/api/v0/host/127.66.7.1?import=true', { status: 'active' });
  await server.request('PUT', '/api/v0/host/127.66.7.2?import=true', { status: 'active' });
  const bare = await ctl('host', 'list', '-o', 'table');
  expect(bare.stdout).not.toContain('NAME');
  expect((await ctl('host', 'rename', '127.66.7.1', 'web1')).stdout).toContain('name: web1\n');
  expect((await ctl('host', 'list', '-o', 'table')).stdout).toMatch(
    /^ADDRESS +NAME +STATUS.*\n127\.66\.7\.1 +web1 +active/,
  );
  expect((await ctl('host', 'status', 'web1', '-o', 'table')).stdout).toContain('active');
  expect((await ctl('host', 'list', '--name', 'web*', '-o', 'json')).stdout).toContain('127.66.7.1');
  expect((await ctl('host', 'rename', '--remove', 'web1')).exitCode).toBe(0);
  expect((await ctl('host', 'rename', 'web1', 'x')).exitCode).toBe(1);
  expect((await ctl('host', 'rename', '127.66.7.1')).exitCode).toBe(2);
});
