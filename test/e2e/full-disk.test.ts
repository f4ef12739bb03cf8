import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemErrorCode } from '../../src/lib/errors.ts';
import type { OperationDetail } from '../../src/operations/operation.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const mebibyte = 1024 * 1024;

test.skipIf(!mayMount)(`an exec that prints more than the disk holds ends with its exit code${needsRoot}`, async () => {
  using disk = temporaryFileSystem('size=8m');
  await using fleet = await withSshdFleet(1);
  await using server = await CompiledServer.start({ dataDir: join(disk.path, 'data') });
  const [host = ''] = await enrol(server, fleet);
  const id = await exec(server, host, 'head -c 40M /dev/zero; exit 7');
  await until(async () => (await operation(server, id)).finished_at !== '');
  const { results } = await operation(server, id);
  expect(results).toMatchObject([{ state: 'failed', attempts: 1, exit_code: 7, output_bytes: 40 * mebibyte }]);
  const kept = results[0]?.log_bytes ?? 0;
  expect(kept).toBeGreaterThan(mebibyte);
  expect(kept).toBeLessThan(7 * mebibyte);
  // Output stops before anything else does.
  expect((await server.request('/api/v0/cluster/after', { method: 'PUT', body: {} })).status).toBe(201);
  await endsWell(server, join(disk.path, 'data'));
});

test.skipIf(!mayMount)(
  `a disk that others fill holds up operations, which go on when there is room again${needsRoot}`,
  async () => {
    using disk = temporaryFileSystem('size=8m');
    using signals = temporaryDirectory();
    await using fleet = await withSshdFleet(2);
    const dataDir = join(disk.path, 'data');
    await using server = await CompiledServer.start({ dataDir });
    const hosts = await enrol(server, fleet);
    const ballast = join(disk.path, 'ballast');
    const goOn = join(signals.path, 'go-on');
    const change = async (name: string) => {
      const answer = await server.request(`/api/v0/cluster/${name}`, { method: 'PUT', body: {} });
      const { code }: { code?: string } = JSON.parse(await answer.text());
      return [answer.status, code];
    };
    const outcomes = async () =>
      (await operation(server, id)).results.map(({ state, exit_code }) => [state, exit_code]);

    const id = await exec(server, hosts.join(','), `echo begun; until [ -e ${goOn} ]; do sleep 0.05; done; exit 7`);
    await until(
      async () => (await (await server.request(`/api/v0/operation/${id}/log?host=${hosts[0]}`)).text()) !== '',
    );
    expect(await change('before')).toEqual([201, undefined]);

    // Not even the outcome of a machine has room.
    fill(ballast, 0);
    expect(await change('refused')).toEqual([507, 'store_full']);
    writeFileSync(goOn, '');
    await server.logged(({ msg }) => msg.startsWith('the journal of the operation cannot be written'));
    expect(await outcomes()).toEqual([
      ['running', null],
      ['pending', null],
    ]);
    expect(await operation(server, id)).toMatchObject({ status: 'waiting', waiting_for: { what: 'disk' } });
    expect(await (await server.request('/api/v0/clusters')).json()).toEqual(['before']);

    // Outcomes have room, and changes have none: no machine is taken.
    fill(ballast, 0.8 * mebibyte);
    await until(async () => (await outcomes())[0]?.[0] === 'failed');
    await until(async () => (await operation(server, id)).status === 'waiting');
    expect(await operation(server, id)).toMatchObject({ waiting_for: { what: 'disk' } });
    expect(await outcomes()).toEqual([
      ['failed', 7],
      ['pending', null],
    ]);
    expect(await change('refused')).toEqual([507, 'store_full']);

    unlinkSync(ballast);
    await until(async () => (await operation(server, id)).finished_at !== '');
    expect(await outcomes()).toEqual([
      ['failed', 7],
      ['failed', 7],
    ]);
    expect((await operation(server, id)).results.map(({ attempts }) => attempts)).toEqual([1, 1]);
    expect(await change('after')).toEqual([201, undefined]);
    expect(await (await server.request('/api/v0/clusters')).json()).toEqual(['after', 'before']);
    await endsWell(server, dataDir);
  },
);

test.skipIf(!mayMount)(
  `what was acknowledged while several writers filled the disk survives a kill, and writing goes on when there is room${needsRoot}`,
  async () => {
    using disk = temporaryFileSystem('size=12m');
    const dataDir = join(disk.path, 'data');
    const ballast = join(disk.path, 'ballast');
    fill(ballast, 9 * mebibyte);
    const args = ['--disk-floor', '2MiB'];
    const value = (name: string) => `${name} ${'x'.repeat(40_000)}`;
    const acknowledged: string[] = [];
    const refusals: Record<string, unknown>[] = [];
    const whole = async (server: CompiledServer) => {
      for (const name of acknowledged) {
        const answer = await server.request(`/api/v0/secrets/${name}`);
        expect(await answer.json(), name).toEqual({ type: 'simple', value: value(name) });
      }
    };
    {
      await using server = await CompiledServer.start({ dataDir, args });
      const put = (name: string) =>
        server.request(`/api/v0/secrets/${name}`, { method: 'PUT', body: { type: 'simple', value: value(name) } });
      const write = async (writer: number) => {
        for (let n = 0; n < 500; n += 1) {
          const answer = await put(`w${writer}-${n}`);
          if (answer.status === 201) acknowledged.push(`w${writer}-${n}`);
          else return refusals.push({ status: answer.status, ...JSON.parse(await answer.text()) });
        }
        return 0;
      };
      await Promise.all([1, 2, 3, 4].map(write));
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(refusals).toHaveLength(4);
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({
          status: 507,
          code: 'store_full',
          detail: expect.stringMatching(
            /the file system of the data directory \S+ is full: [\d.]+ MiB are free, and this needs/,
          ),
          hint: expect.stringMatching(/^free [\d.]+ MiB there, then try again, without a restart/),
          free_bytes: expect.any(Number),
          needed_bytes: 2 * mebibyte,
        });
      }
      await whole(server);
      await server.kill('SIGKILL');
    }
    await using next = await CompiledServer.start({ dataDir, args });
    await whole(next);
    const after = () => next.request('/api/v0/cluster/after', { method: 'PUT', body: {} });
    expect((await after()).status).toBe(507);
    unlinkSync(ballast);
    expect((await after()).status).toBe(201);
    await endsWell(next, dataDir);
  },
);

/** Whatever happened, its standard error was its log, and what it leaves is whole. */
async function endsWell(server: CompiledServer, dataDir: string): Promise<void> {
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(server.lines.filter((line) => !line.startsWith('{"level":'))).toEqual([]);
  expect(run([compiledExecutable(), 'audit', 'verify', '--data-dir', dataDir]).code).toBe(0);
}

test.skipIf(!mayMount)(
  `a backup that finds no room, or a full disk on its way, leaves nothing, and the server goes on${needsRoot}`,
  async () => {
    using disk = temporaryFileSystem('size=48m');
    using other = temporaryFileSystem('size=2m');
    const dataDir = join(disk.path, 'data');
    const ballast = join(disk.path, 'ballast');
    const commissaire = (...args: string[]) => run([compiledExecutable(), ...args], { timeout: 60_000 });
    await using server = await CompiledServer.start({ dataDir, args: ['--disk-floor', '1MiB'] });
    const put = async (name: string) => {
      const body = { type: 'simple', value: randomBytes(30_000).toString('base64') };
      return (await server.request(`/api/v0/secrets/${name}`, { method: 'PUT', body })).status;
    };
    for (let n = 0; n < 100; n += 1) expect(await put(`before-${n}`)).toBe(201);

    fill(ballast, 3 * mebibyte);
    const refused = commissaire('backup', '--data-dir', dataDir);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no room for a backup') });
    expect(await put('between')).toBe(201);

    // The copy of the store has room, and the file that is made of it has none.
    unlinkSync(ballast);
    const elsewhere = join(other.path, 'one.backup');
    const cut = commissaire('backup', '--data-dir', dataDir, '--to', elsewhere);
    expect(cut).toMatchObject({ code: 1, stderr: expect.stringMatching(/no space|full/i) });
    expect(readdirSync(other.path)).toEqual([]);
    expect(readdirSync(dataDir)).not.toContain('backup.unfinished');

    expect(commissaire('backup', '--data-dir', dataDir)).toMatchObject({ code: 0 });
    const [made = ''] = readdirSync(join(dataDir, 'backups'));
    expect(commissaire('backup', 'verify', join(dataDir, 'backups', made))).toMatchObject({ code: 0 });
    expect(await put('after')).toBe(201);
    await endsWell(server, dataDir);
  },
);

/** Takes all of the file system but so many bytes, with what the ballast had before. */
function fill(ballast: string, left: number): void {
  writeFileSync(ballast, '');
  const { bfree, bsize } = statfsSync(ballast);
  try {
    writeFileSync(ballast, Buffer.alloc(bfree * bsize - left));
  } catch (error) {
    // The server took some of it meanwhile, so the disk is as full as it can be.
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
  }
}

/** All hosts of the fleet, into the inventory as they are. Their addresses. */
function enrol(server: CompiledServer, fleet: Fleet): Promise<string[]> {
  const login = { ssh_priv_key: readFileSync(fleet.key, 'base64'), remote_user: fleet.user };
  return Promise.all(
    fleet.hosts.map(async ({ address, port }) => {
      const body = { status: 'active', ...login, port };
      const { status } = await server.request(`/api/v0/host/${address}?import=true`, { method: 'PUT', body });
      expect(status).toBe(201);
      return address;
    }),
  );
}

async function exec(server: CompiledServer, hosts: string, command: string): Promise<string> {
  const strategy = { batch: 1, max_failures: 9 };
  const body = { kind: 'exec', parameters: { command }, target: `host:${hosts}`, strategy };
  const { id }: OperationDetail = JSON.parse(
    await (await server.request('/api/v0/operations', { method: 'POST', body })).text(),
  );
  return id;
}

async function operation(server: CompiledServer, id: string): Promise<OperationDetail> {
  return JSON.parse(await (await server.request(`/api/v0/operation/${id}`)).text());
}
