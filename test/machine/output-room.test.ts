import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clearAway, endDetached, follow, isLaunched, launch } from '../../src/machine/detached.ts';
import { kept } from '../../src/machine/run-directory.ts';
import type { Session } from '../../src/ssh/session.ts';
import { processesWith } from '../operations/kinds/support.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { failureOf, fleetTarget, type Wire, wire } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** A machine whose `/run` and `/var/tmp` have the given sizes, as mount(8) has them. */
interface Machine {
  session: Session;
  run: string;
  disk: string;
}

async function output(session: Session, id: string): Promise<{ status: number; text: Buffer }> {
  const chunks: Uint8Array[] = [];
  const onOutput = async (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk));
  const status = await follow(session, id, { from: 0, onOutput, deadlineMs: 60_000, signal: never });
  return { status, text: Buffer.concat(chunks) };
}

describe.skipIf(!mayMount)(`the room for the output of detached commands${needsRoot}`, () => {
  const home = temporaryDirectory();
  let fleet: Fleet & AsyncDisposable;
  let link: Wire;

  beforeAll(async () => {
    const enter = join(home.path, 'enter');
    writeFileSync(
      enter,
      `#!/bin/sh\n[ ! -e ${home.path}/pid ] || exec nsenter --target "$(cat ${home.path}/pid)" --mount sh -c "$SSH_ORIGINAL_COMMAND"\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`,
    );
    chmodSync(enter, 0o755);
    chmodSync(home.path, 0o755);
    fleet = await withSshdFleet(1, { sshd: [`ForceCommand ${enter}`] });
    link = wire();
  });
  afterAll(async () => {
    await link[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });

  async function machine(sizes: { run: string; disk: string }): Promise<Machine> {
    const run = temporaryFileSystem(`mode=755,size=${sizes.run}`);
    const disk = temporaryFileSystem(`mode=1777,size=${sizes.disk}`);
    const script = `mount -n --bind ${run.path} /run && mount -n --bind ${disk.path} /var/tmp && echo $$ && exec sleep infinity`;
    const inside: ChildProcess = spawn('unshare', ['--mount', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (inside.stdout === null) throw new TypeError('the machine has no output');
    const [pid] = await once(inside.stdout, 'data');
    writeFileSync(join(home.path, 'pid'), String(pid).trim());
    onTestFinished(async () => {
      inside.kill('SIGKILL');
      await once(inside, 'exit');
      run[Symbol.dispose]();
      disk[Symbol.dispose]();
    });
    return { session: await link.dial(fleetTarget(fleet)), run: run.path, disk: disk.path };
  }

  const newId = () => `test-${randomUUID()}`;

  test('of more output than may stay on the machine, the beginning and the end are kept, and the rest is counted', async () => {
    const { session, run } = await machine({ run: '100m', disk: '1m' });
    const id = newId();
    const last = 12_000_000;
    await launch(session, { id, command: `seq 1 ${last}; exit 3` }, never);
    const { status, text } = await output(session, id);
    expect(status).toBe(3);
    expect(existsSync(join(run, 'commissaire', id))).toBe(true);
    const [first = '', rest = ''] = text.toString('latin1').split('\n---- ');
    const [count = '', tail = ''] = rest.split(/ bytes of output are left out here ----\n/);
    expect(first.startsWith('1\n2\n3\n')).toBe(true);
    expect(first.length).toBeGreaterThanOrEqual(kept.first);
    expect(tail.endsWith(`\n${last}\n`)).toBe(true);
    expect(tail.length).toBeGreaterThanOrEqual(kept.part);
    const whole = Array.from({ length: 8 }, (_, index) => 9 * 10 ** index * (index + 2));
    const size = whole.slice(0, 7).reduce((sum, bytes) => sum + bytes, 0) + (last - 10_000_000 + 1) * 9;
    expect(first.length + Number(count) + tail.length).toBe(size);
    await until(() => processesWith(`/${id}/run`).length === 0);
    await clearAway(session, [id], never);
    expect(readdirSync(join(run, 'commissaire'))).toEqual([]);
  });

  test('where /run is too small, the run directory is in /var/tmp below a name of this boot', async () => {
    const { session, run, disk } = await machine({ run: '20m', disk: '100m' });
    mkdirSync(join(disk, 'commissaire-of-an-earlier-boot'));
    const id = newId();
    await launch(session, { id, command: 'echo here; exit 4' }, never);
    expect(await output(session, id)).toEqual({ status: 4, text: Buffer.from('here\n') });
    expect(await isLaunched(session, id, never)).toBe(true);
    expect(readdirSync(run)).not.toContain('commissaire');
    expect(readdirSync(disk)).toEqual([`commissaire-${bootId}`]);
    expect(statSync(join(disk, `commissaire-${bootId}`)).mode & 0o777).toBe(0o700);
    await clearAway(session, [id], never);
    expect(readdirSync(join(disk, `commissaire-${bootId}`))).toEqual([]);
  });

  test.each([
    ['/run', { run: '3m', disk: '1m' }],
    ['/var/tmp', { run: '1m', disk: '3m' }],
  ])('a command that fills %s goes on, its exit status is told, and the full disk is named', async (full, sizes) => {
    const { session } = await machine(sizes);
    const id = newId();
    await launch(session, { id, command: 'seq 1 2000000; echo end >&2; exit 7' }, never);
    const { status, text } = await output(session, id);
    expect(status).toBe(7);
    expect(text.toString().startsWith('1\n2\n3\n')).toBe(true);
    expect(
      text.toString().endsWith(`\n---- the rest of the output is missing: the disk ${full} was full there\n`),
    ).toBe(true);
    // A follower that has it all is told nothing twice.
    const again: Uint8Array[] = [];
    const onOutput = async (chunk: Uint8Array) => void again.push(chunk);
    await follow(session, id, { from: text.length, onOutput, deadlineMs: 60_000, signal: never });
    expect(again).toEqual([]);
  });

  test('without room in either nothing is started, and both are named', async () => {
    const { session, run } = await machine({ run: '128k', disk: '192k' });
    const id = newId();
    expect(await failureOf(launch(session, { id, command: `touch ${run}/ran` }, never))).toMatchObject({
      code: 'command_failed',
      message: expect.stringMatching(/no room: \d+ KiB are free in \/run, and \d+ KiB in \/var\/tmp/),
    });
    expect(existsSync(join(run, 'ran'))).toBe(false);
  });

  test('a directory that another user made in /var/tmp is not trusted', async () => {
    const { session, disk } = await machine({ run: '1m', disk: '100m' });
    const id = newId();
    mkdirSync(join(disk, `commissaire-${bootId}`, id, 'claim'), { recursive: true });
    chownSync(join(disk, `commissaire-${bootId}`), 65_534, 65_534);
    expect(await isLaunched(session, id, never)).toBe(false);
    expect(await failureOf(launch(session, { id, command: 'true' }, never))).toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining('is not a directory of root'),
    });
  });

  test('what a command leaves running keeps neither it from ending nor finds its output closed', async () => {
    const { session, run } = await machine({ run: '100m', disk: '1m' });
    const id = newId();
    const go = join(run, 'go');
    const left = `(until [ -e /run/go ]; do sleep 0.05; done; seq 1 200000; echo "$?" >/run/left) &`;
    await launch(session, { id, command: `${left} echo started` }, never);
    expect(await output(session, id)).toEqual({ status: 0, text: Buffer.from('started\n') });
    writeFileSync(go, '');
    await until(() => existsSync(join(run, 'left')) && readFileSync(join(run, 'left'), 'utf8') === '0\n');
    await endDetached(session, id, never);
    expect(processesWith(`/${id}/run`)).toEqual([]);
  });
});
