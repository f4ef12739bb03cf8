import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OperationDetail, OperationHost } from '../../src/operations/operation.ts';
import { CompiledServer } from '../support/compiled.ts';
import { deafen, drippingPeer, proxyTo, resettingPeer, silentPeer, sshPeer } from '../support/faulty-peer.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { peakMemory } from '../support/memory.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const healthy = 193;
/** Seconds for one machine. Far more than the healthy ones need together, and less than 10 GB take. */
const timeout = 30;
/** What the server keeps of the output of one host. */
const keptBytes = 64 * 1024 * 1024;

test('of 200 hosts 193 are done while seven hang, flood or lie, which are named with where they failed', {
  timeout: 240_000,
}, async () => {
  await using fleet = await withSshdFleet(healthy + 2);
  const [flooding, behindProxy, ...others] = fleet.hosts;
  if (flooding === undefined || behindProxy === undefined) throw new Error('the fleet is too small');
  await using unroutable = await withSshdFleet(1);
  using _deaf = deafen(unroutable);
  await using silent = await silentPeer();
  await using dripping = await drippingPeer(50);
  await using resetting = await resettingPeer();
  await using freezing = await proxyTo(behindProxy);
  await using changed = await sshPeer();
  const [nowhere] = unroutable.hosts;
  if (nowhere === undefined) throw new Error('the fleet is empty');

  using directory = temporaryDirectory();
  await using server = await CompiledServer.start({ dataDir: join(directory.path, 'data') });
  // They come first, so that all the others have to get past them.
  const bad = [nowhere, silent, dripping, resetting, freezing, flooding, changed];
  const hosts = [...bad, ...others];
  await Promise.all(hosts.map((host) => enrol(server, fleet, host)));
  await sent(server, 'PUT', `host/${changed.address}/hostkey`, { fingerprint: `SHA256:${'A'.repeat(43)}` });

  const command = `case $SSH_CONNECTION in
      *' ${flooding.address} '*) head -c 10G /dev/zero; sleep 600;;
      *' ${behindProxy.address} '*) echo begun; sleep 600;;
      *) echo here;;
    esac`;
  const strategy = { batch: '100%', max_failures: hosts.length, timeout };
  const target = `host:${hosts.map(({ address }) => address).join(',')}`;
  const { id } = await sent(server, 'POST', 'operations', { kind: 'exec', parameters: { command }, target, strategy });
  await eventually(async () => (await log(server, id, freezing.address)) === 'begun\n');
  freezing.freeze();
  await eventually(async () => (await operation(server, id)).finished_at !== '');

  const ended = await operation(server, id);
  expect(ended.status).toBe('finished');
  const results = new Map(ended.results.map((result) => [result.address, result]));
  const of = ({ address }: { address: string }): OperationHost => {
    const result = results.get(address);
    if (result === undefined) throw new Error(`the operation has no host ${address}`);
    return result;
  };
  expect(others.map((host) => of(host).state)).toEqual(Array(healthy).fill('succeeded'));
  expect(await log(server, id, others[0]?.address ?? '')).toBe('here\n');

  const told = bad.map((host) => [of(host).state, of(host).error?.code, of(host).error?.message]);
  const saying = (text: string) => expect.stringContaining(text);
  expect(told).toEqual([
    ['unreachable', 'unreachable', saying(`${nowhere.address}:${nowhere.port} did not finish tcp within`)],
    ['unreachable', 'unreachable', saying(`${silent.address}:${silent.port} did not finish banner within`)],
    ['unreachable', 'unreachable', saying(`${dripping.address}:${dripping.port} did not finish banner within`)],
    ['unreachable', 'unreachable', saying(`${resetting.address}:${resetting.port}: ECONNRESET (key exchange)`)],
    // A command that was sent is not taken for undone because the machine does not answer any more.
    [
      'failed',
      'outcome_unknown',
      saying(`${freezing.address} took longer than the ${timeout} s a machine may take (acting)`),
    ],
    [
      'failed',
      'timed_out',
      saying(`${flooding.address} took longer than the ${timeout} s a machine may take (acting)`),
    ],
    ['failed', 'host_key_changed', saying(`${changed.address} shows the host key SHA256:`)],
  ]);
  const lastDone =
    others
      .map((host) => of(host).finished_at)
      .toSorted()
      .at(-1) ?? '';
  for (const host of [freezing, flooding]) expect(of(host).finished_at > lastDone).toBe(true);

  expect(of(flooding).output_bytes).toBeGreaterThan(keptBytes);
  expect((await log(server, id, flooding.address, keptBytes - 1)).length).toBe(1);
  expect(peakMemory(server)).toBeLessThan(300_000_000);
});

/** Into the inventory as it is: what an investigation would do there, the operation does. */
async function enrol(server: CompiledServer, fleet: Fleet, host: { address: string; port: number }): Promise<void> {
  const key = readFileSync(fleet.key).toString('base64');
  await sent(server, 'PUT', `host/${host.address}?import=true`, {
    status: 'active',
    ssh_priv_key: key,
    remote_user: fleet.user,
    port: host.port,
  });
}

async function sent(server: CompiledServer, method: string, path: string, body: object): Promise<OperationDetail> {
  const response = await server.request(`/api/v0/${path}`, { method, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

async function operation(server: CompiledServer, id: string): Promise<OperationDetail> {
  const response = await server.request(`/api/v0/operation/${id}`);
  return JSON.parse(await response.text());
}

async function log(server: CompiledServer, id: string, host: string, offset = 0): Promise<string> {
  return (await server.request(`/api/v0/operation/${id}/log?host=${host}&offset=${offset}`)).text();
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 180_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('what was waited for did not come within three minutes');
    await Bun.sleep(50);
  }
}
