import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BackupConfiguration, BackupTarget } from '../../../src/config/backups.ts';
import { neverByProxy } from '../../../src/lib/proxies.ts';
import { dial } from '../../../src/ssh/connection.ts';
import { defaultDeadlines } from '../../../src/ssh/deadlines.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { Backups } from '../../../src/upkeep/backup/backups.ts';
import { backupName } from '../../../src/upkeep/backup/directory.ts';
import { BackupSchedule } from '../../../src/upkeep/backup/schedule.ts';
import { backupStatusRecords, noStatus } from '../../../src/upkeep/backup/status.ts';
import { RecordingLogger } from '../../operations/support.ts';
import { makeAuthority } from '../../support/certificates.ts';
import { scaledClock } from '../../support/scaled-clock.ts';
import { sshdSite } from '../../support/sshd.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const keep = { last: 2, daily: 0, weekly: 0, monthly: 0 };

/** A store whose backups are made by themselves; each second is an hour. */
async function scheduled(directory: string, targets: BackupTarget[], change: Partial<BackupConfiguration> = {}) {
  const clock = scaledClock(3600);
  const [dataDir, logger] = [join(directory, 'data'), new RecordingLogger()];
  const store = openLmdbStore({ directory: dataDir, clock });
  const backupDirectory = join(directory, 'backups');
  const installation = { dataDir, backupDirectory, named: [], leftOut: [] };
  const backups = new Backups({ store, clock, logger, catalogue: [], installation });
  const configuration: BackupConfiguration = {
    directory: backupDirectory,
    schedule: { kind: 'interval', seconds: 1800 },
    keep,
    passphraseFile: undefined,
    targets,
    ...change,
  };
  const schedule = new BackupSchedule({
    backups,
    store,
    leases: store.leases,
    clock,
    logger,
    configuration,
    proxyFor: neverByProxy,
    readPassphrase: () => undefined,
  });
  return {
    schedule,
    store,
    logger,
    backupDirectory,
    names: () => backups.directory.names().sort(),
    async [Symbol.asyncDispose]() {
      await schedule[Symbol.asyncDispose]();
      await backups[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

test('backups are made at their interval, so many are kept, and each is copied', async () => {
  using directory = temporaryDirectory();
  const [nas, elsewhere] = [join(directory.path, 'nas'), backupName('elsewhere', new Date(0))];
  mkdirSync(nas);
  writeFileSync(join(nas, elsewhere), 'of another server');
  await using made = await scheduled(directory.path, [{ name: 'nas', place: { kind: 'directory', path: nas }, keep }]);
  const { schedule, store, names } = made;
  const seen = new Set<string>();
  using _subscription = store.events.subscribe(({ type, action, key }) => {
    if (type === 'backup' && action === 'copied') seen.add(key);
  });
  await schedule.begin();
  await until(() => seen.size >= 4);
  await schedule[Symbol.asyncDispose]();
  expect(names().length).toBeLessThanOrEqual(3);
  const newest = [...seen].at(-1) ?? '';
  expect(readFileSync(join(nas, newest)).equals(readFileSync(join(made.backupDirectory, newest)))).toBe(true);
  // What another server has there is not this one's to remove.
  expect(readdirSync(nas)).toContain(elsewhere);
  expect(readdirSync(nas).length).toBeLessThanOrEqual(4);
  expect(await schedule.status()).toMatchObject({
    schedule: 'every 30m',
    failures: 0,
    targets: [{ name: 'nas', failures: 0 }],
  });
});

test('a backup that was missed is made after the start, and one that is not due is not', async () => {
  using directory = temporaryDirectory();
  await using made = await scheduled(directory.path, [], { schedule: { kind: 'interval', seconds: 3600 * 24 * 365 } });
  const { schedule, store, names } = made;
  const yesterday = '2020-01-01T00:00:00.000000';
  await store.transact(async (tx) =>
    tx.put(backupStatusRecords, 'last', { ...noStatus, made: 'x', made_at: yesterday }),
  );
  await schedule.begin();
  await until(() => names().length === 1);
  await until(async () => (await schedule.status()).made_at > '2026');
  const { next_at, made_at } = await schedule.status();
  expect(next_at > made_at).toBe(true);
  expect(names()).toEqual([expect.stringContaining(hostname().replaceAll(/[^A-Za-z0-9-]/g, '-'))]);
});

test('a target that fails is tried again, and events, log and status say why', async () => {
  using directory = temporaryDirectory();
  const nas = join(directory.path, 'not-mounted');
  const target: BackupTarget = { name: 'nas', place: { kind: 'directory', path: nas }, keep: undefined };
  await using made = await scheduled(directory.path, [target], {
    schedule: { kind: 'interval', seconds: 3600 * 24 * 365 },
  });
  const { schedule, store, logger } = made;
  await schedule.begin();
  await until(async () => (await schedule.status()).targets.some(({ failures }) => failures >= 2));
  const { targets, made: name } = await schedule.status();
  expect(targets).toMatchObject([
    { name: 'nas', copied: '', reason: expect.stringContaining(`there is no directory ${nas}`) },
  ]);
  expect(logger.lines).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'a backup could not be copied' }),
  );
  const events = await store.events.read(0, 100);
  expect(events).toContainEqual(expect.objectContaining({ type: 'backup', action: 'failed', key: name }));
  mkdirSync(nas);
  await until(async () => (await schedule.status()).targets.some(({ copied }) => copied === name));
  expect(readdirSync(nas)).toEqual([name]);
});

test('a machine gets backups over SSH only when it shows the host key that the configuration names', async () => {
  using directory = temporaryDirectory();
  using site = sshdSite();
  const [key, place] = [join(directory.path, 'key'), join(directory.path, "their's")];
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  mkdirSync(place);
  const old = backupName(hostname(), new Date('2020-01-01T00:00:00Z'));
  for (const name of [old, backupName(hostname(), new Date('2020-01-02T00:00:00Z'))])
    writeFileSync(join(place, name), 'old');
  site.authorize(readFileSync(`${key}.pub`, 'utf8').trim());
  await using sshd = await site.start([]);
  const login = sshd.target(readFileSync(key));
  const { address, port, user } = login;
  const anyKey = { pinned: async () => undefined, verify: async () => {} };
  const session = await dial(login, { hostKeys: anyKey, deadlines: defaultDeadlines });
  const { hostKey } = session;
  session.close();
  const machine = { kind: 'ssh', user, address, port, directory: place, keyFile: key } as const;
  const targets: BackupTarget[] = [
    { name: 'right', place: { ...machine, hostKey }, keep },
    { name: 'wrong', place: { ...machine, hostKey: `SHA256:${'A'.repeat(43)}` }, keep: undefined },
  ];
  await using made = await scheduled(directory.path, targets, {
    schedule: { kind: 'interval', seconds: 3600 * 24 * 365 },
  });
  await made.schedule.begin();
  await until(async () => (await made.schedule.status()).targets.length === 2);
  const status = await made.schedule.status();
  const [name = ''] = made.names();
  expect(readFileSync(join(place, name)).equals(readFileSync(join(made.backupDirectory, name)))).toBe(true);
  await until(() => !readdirSync(place).includes(old));
  expect(readdirSync(place)).toHaveLength(2);
  const wrong = status.targets.find((each) => each.name === 'wrong');
  expect(wrong).toMatchObject({ copied: '', reason: expect.stringContaining('shows the host key') });
});

test('a URL gets the bytes with their digest, and only from a server whose certificate is trusted', async () => {
  using directory = temporaryDirectory();
  const [authority, other] = [await makeAuthority('vault'), await makeAuthority('another')];
  const { certificate, key } = await authority.issue({ address: '127.0.0.1' });
  const got = new Map<string, { bytes: Uint8Array; headers: Headers }>();
  const vault = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert: certificate, key },
    async fetch(request) {
      got.set(`${request.method} ${new URL(request.url).pathname}`, {
        bytes: new Uint8Array(await request.arrayBuffer()),
        headers: request.headers,
      });
      return new Response(null, { status: 201 });
    },
  });
  try {
    const file = (name: string, text: string) => {
      writeFileSync(join(directory.path, name), text);
      return join(directory.path, name);
    };
    const url = `https://127.0.0.1:${vault.port}/backups/`;
    const authorizationFile = file('authorization', 'Bearer of-the-tests\n');
    const targets: BackupTarget[] = [
      {
        name: 'right',
        place: { kind: 'url', url, caFile: file('ca', authority.certificate), authorizationFile },
        keep,
      },
      { name: 'wrong', place: { kind: 'url', url, caFile: file('no', other.certificate), authorizationFile }, keep },
    ];
    await using made = await scheduled(directory.path, targets, {
      schedule: { kind: 'interval', seconds: 3600 * 24 * 365 },
    });
    await made.schedule.begin();
    await until(async () => (await made.schedule.status()).targets.length === 2);
    const [name = ''] = made.names();
    const bytes = readFileSync(join(made.backupDirectory, name));
    const put = got.get(`PUT /backups/${name}`);
    expect(bytes.equals(put?.bytes ?? new Uint8Array())).toBe(true);
    const digest = new Bun.CryptoHasher('sha256').update(bytes).digest('base64');
    expect(put?.headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
    expect(put?.headers.get('authorization')).toBe('Bearer of-the-tests');
    const { targets: status } = await made.schedule.status();
    expect(status.map(({ name, copied }) => [name, copied])).toEqual([
      ['right', name],
      ['wrong', ''],
    ]);
  } finally {
    await vault.stop(true);
  }
});
