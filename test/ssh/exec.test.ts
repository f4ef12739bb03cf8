import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session, Target } from '../../src/ssh/session.ts';
import { begun, endWith, proxyTo, sshPeer } from '../support/faulty-peer.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { failureOf, fleetTarget, generous, patient, peerTarget, type Wire, wire } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const isRoot = userInfo().uid === 0;
const short = { deadlineMs: 150 };

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

/** The real sshd behind a proxy that can freeze or cut the connection. */
async function proxied() {
  const target = fleetTarget(fleet);
  const proxy = await proxyTo(target);
  const through: Target = { ...target, address: proxy.address, port: proxy.port };
  return { proxy, through };
}

test.each([
  ['true', { exitCode: 0, exitSignal: null }],
  ['exit 7', { exitCode: 7, exitSignal: null }],
  ['no-such-command-here', { exitCode: 127, exitSignal: null }],
  ['kill -KILL $$', { exitSignal: 'SIGKILL', exitCode: null }],
  ['kill -TERM $$', { exitSignal: 'SIGTERM', exitCode: null }],
])('`%s` ends as it does in a shell', async (command, expected) => {
  expect(await session.exec(command, patient)).toMatchObject(expected);
});

test.each([
  ['quotes', `printf %s "it's" '"quoted"' \\\\`, `it's"quoted"\\`],
  ['line breaks', `printf %s one\nprintf %s two`, 'onetwo'],
  ['a here document', `cat <<'X'\n$HOME 'and' "more"\nX`, `$HOME 'and' "more"\n`],
  ['unicode', `printf %s 'grün 狐 🦊'`, 'grün 狐 🦊'],
  ['dollars and backticks', `printf %s '$(id) \`id\`'`, '$(id) `id`'],
  ['nothing at all', '', ''],
])('a command with %s arrives as it was', async (_name, command, expected) => {
  expect(await session.exec(command, patient)).toMatchObject({ exitCode: 0, stdout: expected, stderr: '' });
});

test('standard error is kept apart', async () => {
  const result = await session.exec('echo out; echo err >&2', patient);
  expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
});

test('standard input reaches the command whole, and ends', async () => {
  const stdin = randomBytes(5_000_000);
  const { stdout } = await session.exec('sha256sum', { ...patient, stdin });
  expect(stdout).toContain(new Bun.CryptoHasher('sha256').update(stdin).digest('hex'));
});

test('a command without input reads none', async () => {
  expect(await session.exec('cat; echo done', patient)).toMatchObject({ stdout: 'done\n', exitCode: 0 });
});

test('a command that ends without reading its input still tells its exit code', async () => {
  const stdin = randomBytes(8_000_000);
  expect((await session.exec('exit 4', { ...patient, stdin })).exitCode).toBe(4);
});

test('what is beyond the cap is dropped, and said so', async () => {
  const capped = await session.exec('head -c 3000000 /dev/zero', { ...patient, maxCollected: 1000 });
  expect(capped).toMatchObject({ exitCode: 0, truncated: true });
  expect(capped.stdout).toHaveLength(1000);
  const exact = await session.exec('printf 12345', { ...patient, maxCollected: 5 });
  expect(exact).toMatchObject({ stdout: '12345', truncated: false });
});

test('50 MB reach a slow consumer whole and in order, and never pile up here or on the wire', async () => {
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const slow = await link.dial(through);
  const command = 'head -c 52428800 /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null || seq 1 6000000';
  const expected = new Bun.CryptoHasher('sha256');
  const direct = await session.exec(command, { ...patient, onOutput: (chunk) => void expected.update(chunk) });
  const seen = new Bun.CryptoHasher('sha256');
  let taken = 0;
  let most = 0;
  let handling = 0;
  const result = await slow.exec(command, {
    ...patient,
    onOutput: async (chunk) => {
      handling += 1;
      expect(handling).toBe(1);
      most = Math.max(most, proxy.received - taken);
      seen.update(chunk);
      taken += chunk.length;
      await new Promise(setImmediate);
      handling -= 1;
    },
  });
  expect(result).toMatchObject({ exitCode: direct.exitCode, stdout: '' });
  expect(seen.digest('hex')).toBe(expected.digest('hex'));
  expect(taken).toBeGreaterThan(40_000_000);
  // Two windows of 2 MiB, and what the sockets in between hold.
  expect(most).toBeLessThan(16_000_000);
});

test('a consumer that waits stops the command itself', async () => {
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const slow = await link.dial(through);
  const gate = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  let taken = 0;
  const running = slow.exec('head -c 30000000 /dev/zero; echo written >&2', {
    ...patient,
    onOutput: async (chunk, from) => {
      if (from === 'stdout') taken += chunk.length;
      first.resolve();
      await gate.promise;
    },
  });
  await first.promise;
  // The wire falls silent although most of the output is still to come.
  let before = -1;
  await until(async () => {
    const quiet = proxy.received === before;
    before = proxy.received;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return quiet && proxy.received === before;
  });
  expect(proxy.received).toBeLessThan(10_000_000);
  gate.resolve();
  expect((await running).exitCode).toBe(0);
  expect(taken).toBe(30_000_000);
});

test('nothing that was printed to standard error is lost when its consumer is slow', async () => {
  let taken = '';
  const result = await session.exec('seq 1 20000 >&2; seq 1 5', {
    ...patient,
    onOutput: async (chunk, from) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (from === 'stderr') taken += Buffer.from(chunk).toString();
    },
  });
  expect(result.exitCode).toBe(0);
  expect(taken.trim().split('\n')).toHaveLength(20_000);
});

test('a consumer that throws ends the command and nothing else', async () => {
  const broken = new Error('the disk is full');
  let calls = 0;
  const running = session.exec('yes', {
    ...patient,
    onOutput: () => {
      calls += 1;
      throw broken;
    },
  });
  expect(await failureOf(running)).toBe(broken);
  expect(calls).toBe(1);
  expect((await session.exec('echo still here', patient)).stdout).toBe('still here\n');
});

test('the exit code is not missed when everything comes in one packet', async () => {
  await using peer = await sshPeer({ exec: (channel) => endWith(channel, 3) });
  const fast = await link.dial(peerTarget(peer));
  const results = await Promise.all(Array.from({ length: 50 }, () => fast.exec('x', patient)));
  expect(results.map(({ exitCode }) => exitCode)).toEqual(Array(50).fill(3));
});

test('a command that never ends is given up at its deadline, and an unused connection with it', async () => {
  await using peer = await sshPeer({ exec: () => undefined });
  const frozen = await link.dial(peerTarget(peer));
  await expect(frozen.exec('x', short)).rejects.toMatchObject({
    code: 'timed_out',
    message: expect.stringContaining('did not finish the command within 0.15 s'),
  });
  expect(frozen.closed.aborted).toBe(true);
  await until(() => peer.open === 0);
});

test('a machine that floods its output is given up at the deadline too', async () => {
  await using peer = await sshPeer({
    exec: (channel) => {
      const block = Buffer.alloc(64 * 1024);
      const flood = () => {
        while (channel.writable && channel.write(block));
      };
      channel.on('drain', flood);
      flood();
    },
  });
  const flooded = await link.dial(peerTarget(peer));
  await expect(flooded.exec('x', { deadlineMs: 500 })).rejects.toMatchObject({ code: 'timed_out' });
  await until(() => peer.open === 0);
});

test('a command that takes too long costs the others on the connection nothing', async () => {
  const other = session.exec('read line; echo "$line"', { ...patient, stdin: 'hello\n' });
  const waiting = session.exec('sleep 1; echo woke', patient);
  await expect(session.exec('sleep 30', short)).rejects.toMatchObject({ code: 'timed_out' });
  expect((await other).stdout).toBe('hello\n');
  expect((await waiting).stdout).toBe('woke\n');
  expect(session.closed.aborted).toBe(false);
});

test('a machine that freezes in the middle of a command is given up, and its socket is gone', async () => {
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const frozen = await link.dial(through);
  const started = Promise.withResolvers<void>();
  const running = frozen.exec('yes', { deadlineMs: 1_000, onOutput: () => started.resolve() });
  const refused = expect(running).rejects.toMatchObject({ code: 'timed_out' });
  await started.promise;
  proxy.freeze();
  await refused;
  expect(frozen.closed.aborted).toBe(true);
  await until(() => proxy.open === 0);
});

test('a machine that falls silent is noticed by keepalive and its command ends as lost', async () => {
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const silent = await link.dial(through, { keepalive: { intervalMs: 50, unanswered: 2 } });
  const started = Promise.withResolvers<void>();
  const running = silent.exec('echo started; sleep 60', { ...patient, onOutput: () => started.resolve() });
  const refused = expect(running).rejects.toMatchObject({ code: 'connection_lost' });
  await started.promise;
  proxy.freeze();
  await refused;
  expect(silent.closed.aborted).toBe(true);
});

test('a connection cut in the middle of a command is lost, after all that had arrived was handed on', async () => {
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const cut = await link.dial(through);
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  let taken = 0;
  const running = cut.exec('head -c 1000000 /dev/zero; sleep 60', {
    ...patient,
    onOutput: async (chunk) => {
      taken += chunk.length;
      started.resolve();
      await gate.promise;
    },
  });
  const refused = expect(running).rejects.toMatchObject({ code: 'connection_lost' });
  await started.promise;
  await until(() => proxy.received > 1_000_000);
  proxy.cut();
  await until(() => cut.closed.aborted);
  gate.resolve();
  await refused;
  expect(taken).toBe(1_000_000);
  await expect(cut.exec('true', patient)).rejects.toMatchObject({ code: 'connection_lost' });
});

test('a channel that closes without an exit status is a lost command', async () => {
  await using peer = await sshPeer({ exec: (channel) => channel.close() });
  const dropped = await link.dial(peerTarget(peer));
  await expect(dropped.exec('x', patient)).rejects.toMatchObject({ code: 'connection_lost' });
});

test('closing the session ends a command that is under way at once', async () => {
  await using peer = await sshPeer({ exec: () => undefined });
  const closing = await link.dial(peerTarget(peer));
  const refused = expect(closing.exec('x', patient)).rejects.toMatchObject({ code: 'connection_lost' });
  await until(() => peer.commands.length === 1);
  closing.close();
  await refused;
  await until(() => peer.open === 0);
});

test('an abort ends a command with its reason; one that came before sends nothing', async () => {
  await using peer = await sshPeer({ exec: () => undefined });
  const aborted = await link.dial(peerTarget(peer));
  const reason = new Error('the server stops');
  await expect(aborted.exec('early', { ...patient, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(peer.commands).toEqual([]);
  expect(aborted.closed.aborted).toBe(false);
  const abort = new AbortController();
  const refused = expect(aborted.exec('late', { ...patient, signal: abort.signal })).rejects.toBe(reason);
  await until(() => peer.commands.length === 1);
  abort.abort(reason);
  await refused;
});

test('no call of the consumer outlives the command', async () => {
  const abort = new AbortController();
  const inside = Promise.withResolvers<void>();
  let handling = 0;
  let calls = 0;
  const running = session.exec('yes', {
    ...patient,
    signal: abort.signal,
    onOutput: async () => {
      calls += 1;
      handling += 1;
      inside.resolve();
      await new Promise((resolve) => setTimeout(resolve, 50));
      handling -= 1;
    },
  });
  await inside.promise;
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  expect(handling).toBe(0);
  const atTheEnd = calls;
  session = await link.dial(fleetTarget(fleet));
  await session.exec('sleep 0.1', patient);
  expect(calls).toBe(atTheEnd);
});

test('more commands at once than sshd opens channels for wait for one another', async () => {
  const commands = Array.from({ length: 130 }, (_, index) => session.exec(`sleep 0.3; echo ${index}`, patient));
  const results = await Promise.all(commands);
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 130 }, (_, index) => index));
});

test('a machine that refuses every command says so', async () => {
  await using peer = await sshPeer({ session: (accept) => void accept().on('exec', (_accept, reject) => reject()) });
  const refusing = await link.dial(peerTarget(peer));
  await expect(refusing.exec('x', patient)).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('refuses to run a command'),
    hint: expect.stringContaining('MaxSessions'),
  });
});

test.skipIf(!isRoot)(
  'put writes a file with its mode, whole, over the old one, and leaves nothing beside it',
  async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "it's a file");
    const content = randomBytes(3_000_000);
    await session.put(path, 'before', { mode: '0644' });
    await session.put(path, content, { mode: '0600' });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    await session.put(path, '', { mode: '4755' });
    expect(statSync(path)).toMatchObject({ size: 0 });
    expect(readdirSync(directory.path)).toHaveLength(1);
  },
);

test.skipIf(!isRoot)('put says why it cannot write', async () => {
  await expect(session.put('/no/such/directory/file', 'x', { mode: '0600' })).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('/no/such/directory/file'),
  });
});

test('input that the connection lost on its way never becomes a file', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'file');
  writeFileSync(path, 'before');
  const { proxy, through } = await proxied();
  await using _proxy = proxy;
  const cut = await link.dial({ ...through });
  const refused = expect(cut.put(path, Buffer.alloc(200_000_000), { mode: '0600' })).rejects.toMatchObject({
    code: 'connection_lost',
  });
  await until(() => readdirSync(directory.path).length === 2);
  proxy.cut();
  await refused;
  await until(() => readdirSync(directory.path).length === 1);
  expect(readFileSync(path, 'utf8')).toBe('before');
});

test('sudo is asked once, and used for what is to run as root', async () => {
  await using peer = await sshPeer();
  const operator = await link.dial(peerTarget(peer, 'operator'));
  await operator.exec('plain', patient);
  await operator.exec('first', { ...patient, privileged: true });
  await operator.exec('second', { ...patient, privileged: true });
  expect(peer.commands).toEqual([
    'plain',
    'LC_ALL=C sudo -n true',
    "exec sudo -n -- sh -c 'first'",
    "exec sudo -n -- sh -c 'second'",
  ]);
});

test('root needs no sudo', async () => {
  await using peer = await sshPeer();
  const root = await link.dial(peerTarget(peer, 'root'));
  await root.exec('x', { ...patient, privileged: true });
  expect(peer.commands).toEqual(['x']);
});

test('a user without sudo is told so and runs nothing, until somebody gives it to them', async () => {
  let allowed = false;
  await using peer = await sshPeer({
    exec: (channel, command) => {
      if (command === 'LC_ALL=C sudo -n true' && !allowed) channel.stderr.write('sudo: a password is required\n');
      endWith(channel, command === 'LC_ALL=C sudo -n true' && !allowed ? 1 : 0);
    },
  });
  const plain = await link.dial(peerTarget(peer, 'plain'));
  await expect(plain.exec('rm -rf /', { ...patient, privileged: true })).rejects.toMatchObject({
    code: 'sudo_refused',
    message: `plain may not run commands as root on ${peer.address}: sudo: a password is required`,
    hint: expect.stringContaining('NOPASSWD'),
  });
  expect(peer.commands).toEqual(['LC_ALL=C sudo -n true']);
  allowed = true;
  expect((await plain.exec('x', { ...patient, privileged: true })).exitCode).toBe(0);
});

test.skipIf(!isRoot)('put follows no link that somebody laid in its way', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'file');
  const victim = join(directory.path, 'victim');
  writeFileSync(victim, 'untouched');
  chmodSync(directory.path, 0o777);
  // The shell's process id is part of the name beside the file: lay a link for each that may come next.
  const { stdout } = await session.exec('echo $$', patient);
  for (let pid = Number(stdout); pid < Number(stdout) + 2_000; pid += 1) symlinkSync(victim, `${path}.${pid}`);
  await expect(session.put(path, 'x', { mode: '0600' })).rejects.toMatchObject({ code: 'command_failed' });
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(existsSync(path)).toBe(false);
});

test('a frozen machine that opens no channel leaves the commands of others alone', async () => {
  let sessions = 0;
  const gate = Promise.withResolvers<void>();
  await using peer = await sshPeer({
    session: (accept) => {
      sessions += 1;
      if (sessions > 1) return;
      accept().on('exec', (acceptExec) => {
        const channel = begun(acceptExec());
        void gate.promise.then(() => endWith(channel, 0));
      });
    },
  });
  const shared = await link.dial(peerTarget(peer), { deadlines: { ...generous, channel: 150 } });
  const first = shared.exec('first', patient);
  await until(() => sessions === 1);
  await expect(shared.exec('second', patient)).rejects.toMatchObject({ code: 'timed_out' });
  gate.resolve();
  expect((await first).exitCode).toBe(0);
});
