import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clearAway, type FollowOptions, follow, isLaunched, launch } from '../../src/machine/detached.ts';
import type { Session } from '../../src/ssh/session.ts';
import { proxyTo } from '../support/faulty-peer.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { fleetTarget, patient, type Wire, wire } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const runDirectory = (id: string) => join('/run/commissaire', id);
const never = new AbortController().signal;
const isRoot = userInfo().uid === 0;

/** What a follower took. */
class Taken {
  readonly chunks: Uint8Array[] = [];

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get length(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0);
  }

  follow(session: Session, id: string, options: Partial<FollowOptions> = {}): Promise<number> {
    return follow(session, id, {
      from: this.length,
      onOutput: async (chunk) => void this.chunks.push(Uint8Array.from(chunk)),
      deadlineMs: 50_000,
      signal: never,
      ...options,
    });
  }
}

describe.skipIf(!isRoot)('detached commands (root only: their run directories are in /run)', () => {
  let fleet: Fleet & AsyncDisposable;
  let link: Wire;
  let session: Session;

  beforeAll(async () => {
    fleet = await withSshdFleet(1);
    link = wire();
    session = await link.dial(fleetTarget(fleet));
  });

  afterAll(async () => {
    await link[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
  });

  /** An id of its own, whose run directory goes with the test. */
  function newId(): string {
    const id = `test-${randomUUID()}`;
    onTestFinished(() => rmSync(runDirectory(id), { recursive: true, force: true }));
    return id;
  }

  async function started(command: string): Promise<string> {
    const id = newId();
    await launch(session, { id, command }, never);
    return id;
  }

  test.each([
    ['some lines', 'echo one; echo two >&2; echo three', 'one\ntwo\nthree\n', 0],
    ['no line break at the end', 'printf "no end"', 'no end', 0],
    ['nothing', 'true', '', 0],
    ['an exit code', 'echo bad; exit 42', 'bad\n', 42],
    ['a signal to itself', 'kill -TERM $$', '', 143],
    ['quotes, line breaks and unicode', `cat <<'X'\n"it's" $HOME 狐\nX`, `"it's" $HOME 狐\n`, 0],
    ['a command that reads its input', 'cat; echo end', 'end\n', 0],
    ['the environment of root', 'echo "$HOME $LC_ALL $(umask)"', '/root C.UTF-8 0022\n', 0],
  ])('%s: output and exit status come whole', async (_name, command, output, exitCode) => {
    const id = await started(command);
    const taken = new Taken();
    expect(await taken.follow(session, id)).toBe(exitCode);
    expect(taken.bytes.toString()).toBe(output);
  });

  test('bytes come as they were, 20 MB of them', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'bytes');
    const bytes = randomBytes(20_000_000);
    await Bun.write(file, bytes);
    const taken = new Taken();
    expect(await taken.follow(session, await started(`cat ${file}`))).toBe(0);
    expect(taken.bytes.equals(bytes)).toBe(true);
  });

  test('output is told while the command runs', async () => {
    using directory = temporaryDirectory();
    const go = join(directory.path, 'go');
    const id = await started(`echo waiting; while [ ! -e ${go} ]; do sleep 0.05; done; echo gone`);
    const taken = new Taken();
    const followed = taken.follow(session, id);
    await until(() => taken.bytes.toString() === 'waiting\n');
    await Bun.write(go, '');
    expect(await followed).toBe(0);
    expect(taken.bytes.toString()).toBe('waiting\ngone\n');
  });

  test('launched again, and many times at once, it runs once', async () => {
    using directory = temporaryDirectory();
    const count = join(directory.path, 'count');
    const id = newId();
    const command = `echo ran >>${count}; sleep 0.2; echo done`;
    await Promise.all(Array.from({ length: 8 }, () => launch(session, { id, command }, never)));
    const taken = new Taken();
    expect(await taken.follow(session, id)).toBe(0);
    await launch(session, { id, command }, never);
    expect(await new Taken().follow(session, id)).toBe(0);
    expect(taken.bytes.toString()).toBe('done\n');
    expect(readFileSync(count, 'utf8')).toBe('ran\n');
  });

  test('whether it was launched is known before and after, until it is cleared away', async () => {
    const id = newId();
    expect(await isLaunched(session, id, never)).toBe(false);
    await launch(session, { id, command: 'true' }, never);
    await new Taken().follow(session, id);
    expect(await isLaunched(session, id, never)).toBe(true);
    await clearAway(session, [id], never);
    expect(await isLaunched(session, id, never)).toBe(false);
    expect(existsSync(runDirectory(id))).toBe(false);
  });

  test('its run directory is for root alone', async () => {
    const id = await started('true');
    expect(statSync(runDirectory(id)).mode & 0o777).toBe(0o700);
    expect(statSync(join(runDirectory(id), '..')).mode & 0o777).toBe(0o700);
  });

  test('a connection cut in the middle is followed on from where it was: everything once, and the right end', async () => {
    const target = fleetTarget(fleet);
    await using proxy = await proxyTo(target);
    using directory = temporaryDirectory();
    const gate = join(directory.path, 'gate');
    // Goes on past each hundred lines only once the connection was cut there.
    const id = await started(
      `for n in $(seq 1 500); do echo "line $n of it"; [ $((n % 100)) != 0 ] || [ $n = 500 ] || until [ -e ${gate}$n ]; do sleep 0.02; done; done; exit 9`,
    );
    const taken = new Taken();
    let cuts = 0;
    let exitCode: number | undefined;
    while (exitCode === undefined) {
      const through = await link.dial({ ...target, address: proxy.address, port: proxy.port });
      const before = taken.length;
      const followed = taken.follow(through, id).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'connection_lost' });
        return undefined;
      });
      if (cuts < 4) {
        await until(() => taken.length > before);
        proxy.cut();
        cuts += 1;
        await Bun.write(`${gate}${cuts * 100}`, '');
      }
      exitCode = await followed;
    }
    expect(cuts).toBe(4);
    expect(exitCode).toBe(9);
    expect(taken.bytes.toString()).toBe(
      Array.from({ length: 500 }, (_, index) => `line ${index + 1} of it\n`).join(''),
    );
  });

  test('a connection that ends with its last session does not end the command', async () => {
    const target = fleetTarget(fleet);
    const own = await link.dial(target);
    using directory = temporaryDirectory();
    const go = join(directory.path, 'go');
    const id = newId();
    await launch(own, { id, command: `while [ ! -e ${go} ]; do sleep 0.05; done; echo survived` }, never);
    own.close();
    await Bun.write(go, '');
    const taken = new Taken();
    expect(await taken.follow(session, id)).toBe(0);
    expect(taken.bytes.toString()).toBe('survived\n');
  });

  test('a follower that comes after the end, and one that comes from an offset, get what is theirs', async () => {
    const id = await started('printf 0123456789; exit 3');
    expect(await new Taken().follow(session, id)).toBe(3);
    const again = new Taken();
    expect(await again.follow(session, id, { from: 4 })).toBe(3);
    expect(again.bytes.toString()).toBe('456789');
    const rest = new Taken();
    expect(await rest.follow(session, id, { from: 10 })).toBe(3);
    expect(rest.length).toBe(0);
  });

  test('two followers at once both get everything', async () => {
    const id = await started('for n in 1 2 3 4 5 6 7 8; do echo $n; sleep 0.05; done; exit 5');
    const both = [new Taken(), new Taken()];
    expect(await Promise.all(both.map((taken) => taken.follow(session, id)))).toEqual([5, 5]);
    for (const taken of both) expect(taken.bytes.toString()).toBe('1\n2\n3\n4\n5\n6\n7\n8\n');
  });

  test('when what ran it is killed, its outcome is said to be unknown, after the output there was', async () => {
    const id = await started('echo begun; exec sleep 300');
    const taken = new Taken();
    const refused = expect(taken.follow(session, id)).rejects.toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining('was killed'),
      hint: expect.any(String),
    });
    await until(() => taken.length > 0);
    const runner = Number(readFileSync(join(runDirectory(id), 'runner'), 'utf8').split(' ')[0]);
    // It leads a session of its own: the command goes with it.
    process.kill(-runner, 'SIGKILL');
    await refused;
    expect(taken.bytes.toString()).toBe('begun\n');
  });

  test('a run directory that is gone leaves an unknown outcome', async () => {
    const id = await started('sleep 300');
    await until(() => existsSync(join(runDirectory(id), 'runner')));
    const runner = Number(readFileSync(join(runDirectory(id), 'runner'), 'utf8').split(' ')[0]);
    process.kill(-runner, 'SIGKILL');
    await clearAway(session, [id], never);
    await expect(new Taken().follow(session, id)).rejects.toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining(`its files are gone: ${runDirectory(id)}`),
    });
  });

  test('a follower gives up at its deadline, and the command goes on', async () => {
    using directory = temporaryDirectory();
    const go = join(directory.path, 'go');
    const id = await started(`while [ ! -e ${go} ]; do sleep 0.05; done`);
    const own = await link.dial(fleetTarget(fleet));
    await expect(new Taken().follow(own, id, { deadlineMs: 150 })).rejects.toMatchObject({ code: 'timed_out' });
    await Bun.write(go, '');
    expect(await new Taken().follow(session, id)).toBe(0);
  });

  test('a command that was lost on its way is not run, neither in part nor as nothing', async () => {
    const target = fleetTarget(fleet);
    await using proxy = await proxyTo(target);
    const through = await link.dial({ ...target, address: proxy.address, port: proxy.port });
    using directory = temporaryDirectory();
    const ran = join(directory.path, 'ran');
    const id = newId();
    // Too long for one packet, so that the cut falls between its parts.
    const command = `touch ${ran}\n${'# a line of a long script\n'.repeat(4_000_000)}`;
    const refused = expect(launch(through, { id, command }, never)).rejects.toMatchObject({ code: 'connection_lost' });
    await until(() => existsSync(runDirectory(id)));
    proxy.cut();
    await refused;
    const left = async () => (await session.exec(`ls -A ${runDirectory(id)}`, patient)).stdout;
    await until(async () => (await left()) === '');
    expect(await isLaunched(session, id, never)).toBe(false);
    expect(existsSync(ran)).toBe(false);
    await launch(session, { id, command: 'echo the second time' }, never);
    const taken = new Taken();
    expect(await taken.follow(session, id)).toBe(0);
    expect(taken.bytes.toString()).toBe('the second time\n');
  });

  test('a machine that cannot take the command says why', async () => {
    const id = newId();
    await Bun.write(runDirectory(id), 'in the way');
    await expect(launch(session, { id, command: 'true' }, never)).rejects.toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining('cannot start a command'),
    });
  });
});
