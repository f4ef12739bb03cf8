import { describe, expect, test } from 'vitest';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { clusterRecord, hostRecord, operationHost, operationRecord } from './support/records.ts';
import { json, problem, TestServer } from './support/server.ts';

const fresh = hostRecord({
  address: 'node7.example.com',
  status: 'investigating',
  os: '',
  cpus: 0,
  memory: 0,
  space: 0,
  last_check: '',
});
const operation = operationRecord(
  [
    operationHost('192.0.2.11', {
      state: 'succeeded',
      attempts: 1,
      exit_code: 0,
      started_at: '2026-01-02T03:04:05.000000',
      finished_at: '2026-01-02T03:04:45.000000',
    }),
    operationHost('192.0.2.12', {
      state: 'failed',
      attempts: 1,
      error: { code: 'login_refused', message: 'the host\x1b[2J refused\nthe key' },
    }),
  ],
  { status: 'failed', reason: '1 host failed', finished_at: '2026-01-02T03:05:05.000000' },
);
const { results: _results, ...listed } = operation;

const managedRecord = { ...clusterRecord, name: 'staging', container_manager: 'kube', hostset: ['node7.example.com'] };

const answers = {
  'GET /api/v0/hosts': json([hostRecord(), fresh]),
  'GET /api/v0/host/192.0.2.11': json(hostRecord()),
  'GET /api/v0/cluster/web': json(clusterRecord),
  'GET /api/v0/cluster/web/hosts': json(clusterRecord.hostset),
  'GET /api/v0/clusters': ({ path }: { path: string }) =>
    Response.json(path.includes('details=true') ? [clusterRecord, managedRecord] : ['web', 'staging']),
  'GET /api/v0/cluster/empty/hosts': json([]),
  'DELETE /api/v0/cluster/web': json([]),
  'GET /api/v0/operations': ({ path }: { path: string }) => Response.json(path.includes('in_process') ? [] : [listed]),
  'GET /api/v0/operation/op-1': json(operation),
  'PUT /api/v0/host/192.0.2.11/creds': json({
    address: '192.0.2.11',
    ssh_priv_key: 'c2VjcmV0',
    remote_user: 'admin',
    port: 22,
  }),
};

const cases = [
  {
    args: ['host', 'list', '-o', 'table'],
    stdout: `\
ADDRESS            STATUS         CLUSTER  OS      CPUS  MEMORY    SPACE    LAST CHECK            LABELS
192.0.2.11         active         web      fedora  4     15.6 GiB  500 GiB  2026-01-02 03:04:05Z  rack=3
node7.example.com  investigating  staging                                                         rack=3
`,
  },
  {
    args: ['host', 'get', '192.0.2.11'],
    stdout: `\
address: 192.0.2.11
cpus: 4
error: ''
facts:
  kernel: 6.12.9
labels:
  rack: '3'
last_check: '2026-01-02T03:04:05.678000'
memory: 16316412
os: fedora
source: ''
space: 524288000
status: active
`,
  },
  {
    args: ['host', 'get', '192.0.2.11', '-o', 'table'],
    stdout: `\
address       192.0.2.11
status        active
cluster       web
os            fedora
cpus          4
memory        15.6 GiB
space         500 GiB
last_check    2026-01-02 03:04:05Z
source
error
facts.kernel  6.12.9
labels.rack   3
`,
  },
  { args: ['host', 'get', '192.0.2.11', '-o', 'json'], stdout: `${JSON.stringify(hostRecord(), null, 2)}\n` },
  {
    args: ['cluster', 'get', 'web'],
    stdout: `\
container_manager: ''
hosts:
  available: 2
  total: 2
  unavailable: 0
hostset:
- 192.0.2.11
- 192.0.2.12
name: web
network: default
status: ok
`,
  },
  {
    args: ['cluster', 'get', 'web', '-o', 'table'],
    stdout: `\
name               web
status             ok
network            default
hostset            192.0.2.11
                   192.0.2.12
container_manager
hosts.total        2
hosts.available    2
hosts.unavailable  0
`,
  },
  { args: ['cluster', 'list'], stdout: 'staging\nweb\n' },
  {
    args: ['cluster', 'list', '-o', 'table'],
    stdout: `\
NAME     STATUS  HOSTS  AVAILABLE  RUNNING  NETWORK  CONTAINER MANAGER
staging  ok      2      2                   default  kube
web      ok      2      2                   default
`,
  },
  { args: ['host', 'list', 'web'], stdout: '192.0.2.11\n192.0.2.12\n' },
  { args: ['host', 'list', 'empty'], stdout: '' },
  { args: ['host', 'list', 'empty', '-o', 'json'], stdout: '[]\n' },
  { args: ['cluster', 'delete', 'web'], stdout: 'Success\n' },
  { args: ['cluster', 'delete', 'web', '-o', 'json'], stdout: '"Success"\n' },
  {
    args: ['operation', 'list', '-o', 'table'],
    stdout: `\
NUMBER  KIND     TARGET       STATUS  HOSTS  OK  FAILED  UNREACHABLE  BY  STARTED               FINISHED              ID
#44     restart  cluster:web  failed  2      1   1       0            a   2026-01-02 03:04:05Z  2026-01-02 03:05:05Z  op-1
`,
  },
  {
    args: ['operation', 'show', 'op-1', '-o', 'table'],
    stdout: `\
number        44
id            op-1
kind          restart
target        cluster:web
status        failed: 1 ok, 1 failed (192.0.2.12): 1 host failed
requested_by  a
started_at    2026-01-02 03:04:05Z
finished_at   2026-01-02 03:05:05Z

ADDRESS     STATE      ATTEMPTS  EXIT CODE  STARTED               FINISHED
192.0.2.12  failed     1
192.0.2.11  succeeded  1         0          2026-01-02 03:04:05Z  2026-01-02 03:04:45Z

192.0.2.12 failed: the host\\u001b[2J refused the key
retry: commctl operation retry 44
`,
  },
  {
    args: ['operation', 'show', 'op-1', '-o', 'wide'],
    stdout: `\
id                         op-1
number                     44
kind                       restart
parameters
cluster                    web
target                     cluster:web
strategy.batch             1
strategy.concurrency       0
strategy.max_failures      1
strategy.on_failure        stop
strategy.order             listed
strategy.pause_between     0
strategy.promote           auto
strategy.gates
strategy.min_healthy_time  0
strategy.healthy_deadline  300
strategy.timeout           0
strategy.run_timeout       0
strategy.retries           0
strategy.retry_backoff     5
strategy.reboot            never
strategy.reason
requested_by               a
automatic                  false
status                     failed
outcome                    failed
cancelling                 false
waiting_for
reason                     1 host failed
started_at                 2026-01-02 03:04:05Z
finished_at                2026-01-02 03:05:05Z
counts.succeeded           1
counts.failed              1
handshakes

ADDRESS     STATE      ATTEMPTS  EXIT CODE  STARTED               FINISHED
192.0.2.12  failed     1
192.0.2.11  succeeded  1         0          2026-01-02 03:04:05Z  2026-01-02 03:04:45Z

192.0.2.12 failed: the host\\u001b[2J refused the key
retry: commctl operation retry 44
`,
  },
];

test.each(cases)('$args', async ({ args, stdout }) => {
  using server = new TestServer(answers);
  expect(await commctl(args, { endpoint: server.url })).toEqual({ exitCode: 0, stdout, stderr: '' });
});

test('more hosts than fit on a screen are folded in the table, those that failed first', async () => {
  const many = Array.from({ length: 50 }, (_, index) => {
    const name = `web${index + 1}`;
    if (index === 6) return operationHost(name, { state: 'running', phase: 'rebooting' });
    if (index % 20 !== 3) return operationHost(name, { state: 'succeeded', exit_code: 0 });
    return operationHost(name, { state: 'failed', exit_code: 3, error: { code: 'x', message: `${name} is full` } });
  });
  using server = new TestServer({ 'GET /api/v0/operation/op-1': json(operationRecord(many)) });
  const { stdout } = await commctl(['operation', 'show', 'op-1', '-o', 'table'], { endpoint: server.url });
  const [, groups, recap] = stdout.split('\n\n');
  expect(recap).toBe('web[4,24,44] (3) failed: HOST is full\n');
  expect(groups?.split('\n')).toEqual([
    'COUNT  STATE              EXIT CODE  HOSTS',
    '3      failed             3          web[4,24,44]',
    '1      running rebooting             web7',
    '46     succeeded          0          web[1-3,5-6,8-23,25-43,45-50]',
  ]);
});

test('a private key is never printed', async () => {
  using server = new TestServer(answers);
  const args = ['host', 'creds', '--remote-user', 'admin', '192.0.2.11', '-'];
  const { stdout } = await commctl(args, { endpoint: server.url, stdin: 'secret' });
  expect(server.received[0]?.body).toEqual({ ssh_priv_key: 'c2VjcmV0', remote_user: 'admin' });
  expect(stdout).toBe('address: 192.0.2.11\nport: 22\nremote_user: admin\n');
});

test('several deletions go on after a refusal, and the worst exit code counts', async () => {
  using server = new TestServer({
    'DELETE /api/v0/host/a': json([]),
    'DELETE /api/v0/host/b': () => problem(404, { code: 'host_not_found', detail: 'no host b is registered' }),
    'DELETE /api/v0/host/c': () => problem(403, { code: 'forbidden', detail: 'you may not delete c' }),
    'DELETE /api/v0/host/d': json([]),
  });
  expect(await commctl(['host', 'delete', 'a', 'b', 'c', 'd'], { endpoint: server.url })).toEqual({
    exitCode: 4,
    stdout: 'Success\nSuccess\n',
    stderr: 'No object found.\ncommctl: no host b is registered\ncommctl: you may not delete c\n',
  });
});

describe('on a terminal', () => {
  test('the form is a table', async () => {
    using server = new TestServer(answers);
    const { exitCode, screen } = await commctlOnTerminal(['host', 'list'], { endpoint: server.url });
    expect(exitCode).toBe(0);
    expect(screen).toMatch(/^ADDRESS +STATUS/);
  });

  test('an empty list says so', async () => {
    using server = new TestServer(answers);
    const { screen } = await commctlOnTerminal(['host', 'list', 'empty'], { endpoint: server.url });
    expect(screen).toBe('No hosts.\r\n');
  });
});
