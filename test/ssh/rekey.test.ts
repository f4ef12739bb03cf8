import { createHash } from 'node:crypto';
import { type Connection, utils } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/ssh/session.ts';
import { ed25519Key, sshPeer } from '../support/faulty-peer.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { failureOf, fleetTarget, patient, peerTarget, type Wire, wire } from '../support/ssh.ts';

/** RFC 4253, 9: either side may ask for a new key exchange at any time; sshd does after each of these amounts. */
const sshd = ['RekeyLimit 256K'];
const megabytes = 200;
const longEnough = { deadlineMs: 10 * 60_000 };

let fleet: Fleet & AsyncDisposable;
let link: Wire;
let session: Session;

beforeAll(async () => {
  fleet = await withSshdFleet(1, { sshd });
  link = wire();
  session = await link.dial(fleetTarget(fleet));
});

afterAll(async () => {
  await link[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

/** A megabyte that differs from the others. */
const megabyte = (n: number) => Buffer.alloc(1024 * 1024, `${n} of ${megabytes}; `);

function digest(): string {
  const hash = createHash('sha256');
  for (let n = 0; n < megabytes; n++) hash.update(megabyte(n));
  return hash.digest('hex');
}

test(`${megabytes} MiB arrive on the machine and come back over hundreds of key exchanges`, async () => {
  const content = async function* () {
    for (let n = 0; n < megabytes; n++) yield megabyte(n);
  };
  const back = createHash('sha256');
  const result = await session.exec('cat', {
    ...longEnough,
    stdin: content(),
    onOutput: (chunk, from) => void (from === 'stdout' && back.update(chunk)),
  });
  expect(result).toMatchObject({ exitCode: 0 });
  expect(back.digest('hex')).toBe(digest());
  // The session is as good as before.
  expect(await session.exec('echo on', patient)).toMatchObject({ exitCode: 0, stdout: 'on\n' });
});

test('other commands of the session go on meanwhile', async () => {
  const commands = Array.from({ length: 8 }, (_, n) =>
    session.exec(`head -c 3000000 /dev/zero | tr '\\0' ${n}`, { ...longEnough, maxCollected: 4_000_000 }),
  );
  for (const [n, result] of (await Promise.all(commands)).entries()) {
    expect(result).toMatchObject({ exitCode: 0, truncated: false });
    expect(result.stdout).toBe(String(n).repeat(3_000_000));
  }
});

/** Has the peer of a connection show another host key from the next key exchange on; ssh2 has no call for that. */
function showAnotherKey(connection: Connection): void {
  const protocol: object = Reflect.get(connection, '_protocol');
  Reflect.set(protocol, '_hostKeys', { 'ssh-ed25519': utils.parseKey(ed25519Key().private) });
}

test.each([
  ['the same host key again', () => undefined, 'on\n'],
  ['another host key', showAnotherKey, expect.objectContaining({ code: 'connection_lost' })],
])('a peer that shows %s in a later key exchange', async (_key, prepare, expected) => {
  const { promise: connected, resolve } = Promise.withResolvers<Connection>();
  await using peer = await sshPeer({
    connected: resolve,
    exec: (channel) => {
      channel.write('on\n');
      channel.exit(0);
      channel.end();
    },
  });
  const other = await link.dial(peerTarget(peer));
  const connection = await connected;
  prepare(connection);
  const outcome = await new Promise((told) => {
    connection.rekey(() => told(other.exec('echo on', patient).then(({ stdout }) => stdout)));
    other.closed.addEventListener('abort', () => told(failureOf(other.exec('echo on', patient))));
  });
  expect(outcome).toEqual(expected);
});
