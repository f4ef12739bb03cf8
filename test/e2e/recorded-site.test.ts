import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endedOn, layOut, recordedSite, runningOn } from '../fixtures/recorded-site.ts';
import { Recording } from '../fixtures/recording.ts';
import { addressOf, type Role, site, type Unfinished, unreachable } from '../fixtures/site.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { type PretendFleet, type PretendMachine, pretendFleet } from '../support/pretend-fleet.ts';
import { mayMount, needsRoot } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const { unfinished, answers, cursors } = recordedSite('first-build');
const anotherBoot = '22222222-2222-4222-8222-222222222222';
const eventFile = (directory: string) => join(directory, 'hook-events');

describe.skipIf(!mayMount)(`the site that the first build recorded${needsRoot}`, () => {
  const data = temporaryDirectory();
  let fleet: PretendFleet;
  let server: CompiledServer;
  let told: Recording;

  const machine = (role: Role): PretendMachine => {
    const found = fleet.machines.find(({ address }) => address === addressOf(role));
    if (found === undefined) throw new Error(`there is no machine ${role}`);
    return found;
  };
  const ended = async (name: keyof Unfinished) => told.operation(await told.ended(unfinished[name]));
  const command = (name: keyof Unfinished, verb: string) =>
    told.send('POST', `/api/v0/operation/${unfinished[name]}/${verb}`, {});
  const logOf = async (name: keyof Unfinished, role: Role) =>
    (await server.request(`/api/v0/operation/${unfinished[name]}/log?host=${addressOf(role)}`)).text();
  /** What was asked of a machine that no later build may ask again. */
  const reboots = (role: Role) => machine(role).acts.filter((act) => act === 'systemctl reboot').length;

  beforeAll(async () => {
    fleet = await pretendFleet(site);
    layOut('first-build', data.path, eventFile(data.path));
    // What has happened on the machines while no server was there.
    machine('rebootedMeanwhile').bootId = anotherBoot;
    machine('budgetTaken').bootId = anotherBoot;
    endedOn(machine('detached'), unfinished.detached, 'first\nsecond\n', 0);
    endedOn(machine('upgrade'), unfinished.upgrade, 'apt-get is held\nand failed\n', 100);
    endedOn(machine('cancelling'), unfinished.cancelling, 'begun\nended\n', 0);
    runningOn(machine('deploy'), unfinished.deploy, 'rpm-ostree is held\n');
    writeFileSync(join(machine('copy').run, 'copied'), 'what stood there before\n');
    server = await CompiledServer.start({ dataDir: data.path });
    told = new Recording(server);
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await fleet?.[Symbol.asyncDispose]();
    data[Symbol.dispose]();
  });

  test('what had ended, and all that is no operation, is as it was', async () => {
    for (const [path, before] of Object.entries(answers)) {
      if (changing.includes(path)) continue;
      expect(asRecorded(path, await told.answer(path), before), path).toEqual(before);
    }
    const hosts = await told.list('/api/v0/hosts');
    for (const before of listed(answers['/api/v0/hosts'])) {
      if ([unreachable, addressOf('settled')].includes(String(before.address))) expect(hosts).toContainEqual(before);
    }
  });

  test('the rotation of the master key is finished, and every sealed record opens', async () => {
    expect(readFileSync(join(data.path, 'master.key'), 'utf8').trim().split('\n')).toHaveLength(1);
    for (const address of [...site.addresses, unreachable]) {
      expect(await told.answer(`/api/v0/host/${address}/creds`)).toMatchObject({ address, remote_user: 'root' });
    }
  });

  test('a reboot that happened is not asked for again, and one that did not is', async () => {
    const { status, results } = await ended('restart');
    expect(status).toBe('finished');
    expect(results.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect((await ended('reboot')).status).toBe('finished');
    expect((await ended('upgradeThenReboot')).status).toBe('finished');
    const roles = ['rebootedMeanwhile', 'notRebooted', 'pending', 'reboot', 'upgradeThenReboot'] as const;
    expect(roles.map(reboots)).toEqual([0, 1, 1, 1, 1]);
    expect(machine('upgradeThenReboot').acts).toEqual(['systemctl reboot']);
  });

  test('a detached command is followed from the last byte in the journal, and never launched again', async () => {
    expect((await ended('detached')).status).toBe('finished');
    expect(await logOf('detached', 'detached')).toBe('first\nsecond\n');
    expect((await ended('upgrade')).results[0]).toMatchObject({ state: 'failed', exit_code: 100 });
    expect(await logOf('upgrade', 'upgrade')).toBe('apt-get is held\nand failed\n');
    expect(machine('upgrade').acts).toEqual([]);
    expect(existsSync(join(machine('detached').run, 'commissaire', unfinished.detached))).toBe(false);

    writeFileSync(join(machine('deploy').run, 'go'), '');
    expect((await ended('deploy')).results[0]).toMatchObject({ state: 'succeeded', exit_code: 0 });
    expect(await logOf('deploy', 'deploy')).toBe('rpm-ostree is held\nthe end of it\n');
    expect(machine('deploy').acts).toEqual([]);
  });

  test('a command that hung on the connection is never run twice', async () => {
    const unknown = { state: 'failed', error: { code: 'outcome_unknown' } };
    expect((await ended('attached')).results[0]).toMatchObject(unknown);
    expect((await ended('budgetTaken')).results[0]).toMatchObject(unknown);
    expect(await logOf('attached', 'attached')).toBe('begun\n');
  });

  test('what can be done again is', async () => {
    expect((await ended('copy')).status).toBe('finished');
    expect(readFileSync(join(machine('copy').run, 'copied'), 'utf8')).toBe('what was copied\n');
    expect((await ended('facts')).status).toBe('finished');
    expect((await ended('bootstrap')).status).toBe('finished');
    const host = await told.answer(`/api/v0/host/${addressOf('bootstrap')}`);
    expect(host).toMatchObject({ status: 'disassociated', error: '', labels: { site: 'recorded' } });
  });

  test('what waited goes on, or goes on waiting', async () => {
    expect((await ended('lock')).status).toBe('finished');
    expect(await logOf('lock', 'attached')).toBe('after the lock\n');
    expect((await ended('budget')).status).toBe('finished');

    await command('promotion', 'promote');
    expect((await ended('promotion')).results.map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);

    const waiting = { status: 'waiting', waiting_for: { what: 'pause_between' } };
    expect(await told.operation(unfinished.pauseBetween)).toMatchObject(waiting);
    expect(await told.operation(unfinished.window)).toMatchObject({
      status: 'waiting',
      waiting_for: { what: 'window' },
    });
    expect(await told.operation(unfinished.paused)).toMatchObject({ status: 'paused', reason: 'paused by admin' });
    await command('paused', 'resume');
    await told.waiting(unfinished.paused);
    for (const name of ['paused', 'pauseBetween', 'window'] as const) {
      await command(name, 'cancel');
      const { status, results } = await ended(name);
      expect([status, results.at(-1)?.state], name).toEqual(['cancelled', 'cancelled']);
    }
  });

  test('what was being cancelled takes no more machines, and finishes the one in flight', async () => {
    const { status, results } = await ended('cancelling');
    expect([status, ...results.map(({ state }) => state)]).toEqual(['cancelled', 'succeeded', 'cancelled']);
    expect(await logOf('cancelling', 'cancelling')).toBe('begun\nended\n');
  });

  test('hooks go on behind their cursors', async () => {
    await told.send('PUT', `/api/v0/host/${unreachable}/labels`, { seen: 'last' });
    const events = () => {
      const lines = existsSync(eventFile(data.path))
        ? readFileSync(eventFile(data.path), 'utf8').trim().split('\n')
        : [];
      return lines.map((line) => JSON.parse(line));
    };
    await until(() => events().some(({ action, key }) => action === 'labelled' && key === unreachable));
    expect(Math.min(...events().map(({ sequence }) => sequence))).toBeGreaterThan(cursors.counting ?? 0);
  });

  test('operations are found by their kind, cluster and status', async () => {
    const all = await told.list('/api/v0/operations?limit=1000');
    for (const member of ['kind', 'cluster', 'status']) {
      for (const value of new Set(all.map((operation) => String(operation[member])))) {
        if (value === '') continue;
        const found = await told.list(`/api/v0/operations?limit=1000&${member}=${value}`);
        expect(found, `${member}=${value}`).toEqual(all.filter((operation) => operation[member] === value));
      }
    }
  });

  test('nothing is left under way, and the audit trail is whole', async () => {
    const operations = await told.list('/api/v0/operations?limit=1000');
    expect(operations.filter(({ finished_at }) => finished_at === '')).toEqual([]);
    const { code, stdout } = run([compiledExecutable(), 'audit', 'verify', '--data-dir', data.path]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/whole/)]);
  });
});

/** They change while operations go on, or by what a later build brings. */
const changing = ['/api/v0/hosts', '/api/v0/budget/db', '/api/v0/roles'];

/** The part of an answer that was there before: later builds add members, and what happens later comes with more entries. */
function asRecorded(path: string, now: unknown, before: unknown): unknown {
  if (path.startsWith('/api/v0/events')) return listed(now).slice(0, listed(before).length).map(withNames(before));
  // The newest comes first.
  if (path.startsWith('/api/v0/audit')) return listed(now).slice(-listed(before).length);
  return pick(now, before);
}

/** What an operation waits for names operations: since builds after the first one, to nobody in an event. */
function withNames(before: unknown): (event: Record<string, unknown>, index: number) => unknown {
  return (event, index) => {
    const { data } = listed(before)[index] ?? {};
    if (event.action !== 'waiting' || !isObject(event.data) || !isObject(data)) return event;
    expect(event.data.detail).not.toMatch(/by [0-9a-f]|exec [0-9a-f]/);
    return { ...event, data: { ...event.data, detail: data.detail } };
  };
}

function pick(now: unknown, before: unknown): unknown {
  if (Array.isArray(now) && Array.isArray(before)) return now.map((item, index) => pick(item, before[index]));
  if (!isObject(now) || !isObject(before)) return now;
  return Object.fromEntries(Object.keys(before).map((key) => [key, pick(now[key], before[key])]));
}

function listed(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
