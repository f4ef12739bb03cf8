import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditEntries, auditHeads, auditKey, emptyTrail, headKey } from '../../../src/audit/records.ts';
import { dayMs, systemClock, timestamp } from '../../../src/lib/clock.ts';
import { examinedSite } from '../../../src/server/examined-site.ts';
import { initialise } from '../../../src/server/init.ts';
import { certificateFiles, makeCertificates } from '../../../src/server/pki/certificates.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { dataFileOf } from '../../../src/store/store-file.ts';
import { backupStatusRecords, noStatus } from '../../../src/upkeep/backup/status.ts';
import type { Check, Site } from '../../../src/upkeep/doctor/check.ts';
import { examine } from '../../../src/upkeep/doctor/examine.ts';
import { fillDisk } from '../../support/full-disk.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../../support/root-only.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

let place: ReturnType<typeof temporaryDirectory>;
let dataDir: string;
let file: string;

beforeEach(async () => {
  place = temporaryDirectory();
  dataDir = join(place.path, 'data');
  file = join(dataDir, 'commissaire.conf');
  await initialise({ dataDir, environment: {}, root: false });
  configure({ 'listen-port': 0 });
});
afterEach(() => place[Symbol.dispose]());

function configure(changed: object): void {
  const present = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...present, ...changed }));
}

async function makeStore(at = new Date()): Promise<void> {
  const store = openLmdbStore({ directory: dataDir, clock: systemClock });
  await store.transact(async (tx) => {
    const subject = { request_id: '', who: '', method: '', peer: '', action: '', target: '' };
    const place = { sequence: 1, at: timestamp(at), previous: '', hash: '' };
    tx.put(auditEntries, auditKey(1), { ...subject, ...place, result: 'accepted' });
    tx.put(auditHeads, headKey, { ...emptyTrail, sequence: 1 });
  });
  await store.close();
}

const siteOf = (environment: Record<string, string> = {}) =>
  examinedSite({ flags: { 'config-file': file }, environment, systemFile: join(place.path, 'none'), root: false });

/** What is not all right, as texts. */
async function wrong(site?: Partial<Site>, environment?: Record<string, string>): Promise<string[]> {
  const { findings } = await examine({ ...(await siteOf(environment)), ...site });
  return findings
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ check, about, verdict, found, remedy }) => {
      expect(remedy, found).toMatch(/\w/);
      return `${verdict} ${check}${about === undefined ? '' : `, ${about}`}: ${found}`;
    });
}

/** Findings about this machine are those of the machine that runs the test. */
const ofMachine = /^(warning|failure) (memory|kernel limits|clock, NTP|SSH algorithms|descriptors)/;
const ofSite = (texts: readonly string[]) => texts.filter((text) => !ofMachine.test(text));

test('a site that `init` made is all right, before its first start and after it', async () => {
  expect(ofSite(await wrong())).toEqual([]);
  await makeStore();
  expect(ofSite(await wrong())).toEqual([]);
  const { findings } = await examine(await siteOf());
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['configuration', 'permissions', 'disk', 'store', 'retention', 'certificates', 'server']),
  );
});

test('nothing is changed', async () => {
  await makeStore();
  const seen = () =>
    readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== 'lock.mdb')
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        const { mode, mtimeMs, size } = statSync(path);
        return [path, mode, mtimeMs, size, readFileSync(path, 'base64')];
      });
  const before = seen();
  await examine(await siteOf());
  expect(seen()).toEqual(before);
});

describe('what is wrong is found', () => {
  const cases: [string, () => void | Promise<void>, RegExp][] = [
    ['a fault of the configuration', () => configure({ 'listen-prt': 1 }), /^failure configuration: .*listen-prt/],
    ['an option that is ignored', () => configure({ 'bus-uri': 'redis://a' }), /^warning configuration: .*bus-uri/],
    [
      'a key that others may read',
      () => chmodSync(join(dataDir, 'ca.key'), 0o644),
      /^failure permissions, key of the CA .*mode 644/,
    ],
    [
      'users that others may read',
      () => chmodSync(join(dataDir, 'users.json'), 0o644),
      /^failure permissions, users of httpbasicauth/,
    ],
    ['a data directory that others may read', () => chmodSync(dataDir, 0o755), /^failure permissions, data directory/],
    [
      'a store that others may write',
      async () => {
        await makeStore();
        chmodSync(dataFileOf(dataDir), 0o666);
      },
      /^failure permissions, store .*mode 666/,
    ],
    [
      'a damaged store',
      async () => {
        await makeStore();
        writeFileSync(dataFileOf(dataDir), Buffer.alloc(8192, 1));
      },
      /^failure store: the store file .* is damaged/,
    ],
    [
      'a lost store',
      async () => {
        writeFileSync(join(dataDir, 'master.key'), 'x', { mode: 0o600 });
      },
      /^failure store: there is no store in the data directory/,
    ],
    [
      'a time that went back',
      () => makeStore(new Date(Date.now() + 3_600_000)),
      /^failure clock, records: .*the time went back/,
    ],
    ['a certificate that has expired', () => renewed(-900), /^failure certificates, CN=jump .*expired on/],
    [
      'a hook that cannot be reached',
      () => configure({ hooks: [{ name: 'chat', filter: '*', url: 'http://127.0.0.1:1/MARK' }] }),
      /^failure reachability, hook chat at http:\/\/127\.0\.0\.1:1: cannot be reached/,
    ],
    [
      'a name that does not resolve',
      () => configure({ hooks: [{ name: 'chat', filter: '*', url: 'https://hook.invalid/x' }] }),
      /^failure name resolution, hook\.invalid: does not resolve/,
    ],
  ];
  test.each(cases)('%s', async (_, damage, text) => {
    await damage();
    expect(await wrong()).toEqual(expect.arrayContaining([expect.stringMatching(text)]));
  });
});

async function renewed(days: number): Promise<void> {
  const now = new Date(Date.now() + days * dayMs);
  await makeCertificates(certificateFiles(dataDir), [], { now, hostName: 'jump' });
}

test('a certificate that the server renews by itself is all right, and another one in the same state is not', async () => {
  await renewed(-800);
  expect(ofSite(await wrong())).toEqual([expect.stringMatching(/^warning certificates, .*24 days/)]);
  await renewed(-600);
  expect(ofSite(await wrong())).toEqual([]);
  const { findings } = await examine(await siteOf());
  expect(findings.map(({ found }) => found)).toContainEqual(expect.stringMatching(/the server renews it$/));
});

test('a port of another process is named with it, and a free one is free', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  configure({ 'listen-port': port });
  expect(ofSite(await wrong())).toEqual([expect.stringMatching(`^failure port: .*process.*listens on ${port}`)]);
  await new Promise((resolve) => other.close(resolve));
  expect(ofSite(await wrong())).toEqual([]);
});

test('a peer whose clock differs is named, and its secret path is not', async () => {
  const other = createServer((_, answer) => {
    answer.setHeader('date', new Date(Date.now() + 600_000).toUTCString()).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  configure({ hooks: [{ name: 'chat', filter: '*', url: `http://127.0.0.1:${port}/SECRET` }] });
  const found = ofSite(await wrong());
  expect(found).toEqual([expect.stringMatching(/^warning reachability, hook chat at .*its clock differs by/)]);
  expect(JSON.stringify(await examine(await siteOf()))).not.toContain('SECRET');
  other.close();
});

test.skipIf(!mayMount)(`a temporary directory without execution, and a full disk${needsRoot}`, async () => {
  using disk = temporaryFileSystem('size=4m,noexec');
  expect(ofSite(await wrong({}, { TMPDIR: disk.path }))).toEqual([
    expect.stringMatching(/^warning temporary directory: no file can be executed/),
  ]);
  using _ballast = fillDisk(disk.path, 100_000);
  mkdirSync(join(disk.path, 'data'));
  const found = await wrong({ dataDir: join(disk.path, 'data') });
  expect(found).toContainEqual(expect.stringMatching(/^failure disk, space: .* are free/));
});

test('a check that never ends, and one that fails, are findings beside the others', async () => {
  const checks: Check[] = [
    { name: 'endless', group: 'data', run: () => new Promise(() => {}) },
    {
      name: 'broken',
      group: 'data',
      run() {
        throw new Error('odd');
      },
    },
    { name: 'sound', group: 'data', run: () => [{ verdict: 'ok', found: 'it is' }] },
  ];
  expect(await examine(await siteOf(), checks, 50)).toMatchObject({
    verdict: 'failure',
    counts: { ok: 1, warning: 1, failure: 1 },
    findings: [
      { check: 'endless', verdict: 'warning', found: 'was not examined within 0.05 s' },
      { check: 'broken', verdict: 'failure', found: 'could not be examined: odd' },
      { check: 'sound', verdict: 'ok' },
    ],
  });
});

describe('backups', () => {
  const daily = { 'backup-time': '02:30' };
  const place = () => join(dataDir, 'backups');
  const make = (daysAgo: number) => {
    mkdirSync(place(), { recursive: true, mode: 0o700 });
    writeFileSync(join(place(), 'one.backup'), '', { mode: 0o600 });
    const at = new Date(Date.now() - daysAgo * dayMs);
    utimesSync(join(place(), 'one.backup'), at, at);
  };

  test('that are scheduled and not there, or too old for their schedule, are reported', async () => {
    configure(daily);
    expect(ofSite(await wrong())).toEqual([`warning backups: backups are scheduled, and there is none in ${place()}`]);
    make(1);
    expect(ofSite(await wrong())).toEqual([]);
    make(3);
    expect(ofSite(await wrong())).toEqual([`warning backups: the newest of 1 backups in ${place()} is 3 days old`]);
  });

  test('whose last attempt failed, or that could not be copied, are reported with the reason', async () => {
    configure(daily);
    make(1);
    const store = openLmdbStore({ directory: dataDir, clock: systemClock });
    const target = { name: 'nas', copied: '', copied_at: '', reason: 'no route', failures: 2 };
    await store.transact(async (tx) =>
      tx.put(backupStatusRecords, 'last', { ...noStatus, reason: 'no room', failures: 1, targets: [target] }),
    );
    await store.close();
    expect(ofSite(await wrong())).toEqual([
      'warning backups: the last attempt to make one failed: no room',
      'warning backups, nas: the last copy failed: no route',
    ]);
  });
});
