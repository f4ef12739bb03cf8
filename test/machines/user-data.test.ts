import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { makeAuthority } from '../support/certificates.ts';
import { compiledExecutable } from '../support/compiled.ts';
import type { FleetHost } from '../support/fleet.ts';
import { eventually, fleet, on, Site } from './site.ts';

/** Where the machines find this side. */
const here = '198.51.100.254';
const remoteUser = 'cirrus';

/** Only what hands out the user-data: the machine is to be as the fleet made it otherwise. */
const cloudConfig = {
  datasource_list: ['NoCloud'],
  network: { config: 'disabled' },
  cloud_init_modules: [],
  cloud_config_modules: [],
  cloud_final_modules: ['scripts-user'],
};

const machine = firstMachine();

afterEach(async () => {
  const remove = `userdel --remove ${remoteUser} 2>/dev/null
    rm -rf /var/lib/cloud /run/cloud-init /var/log/cloud-init* /etc/cloud/cloud.cfg.d/99-test.cfg /etc/sudoers.d/commissaire-*`;
  await on(machine, remove);
});

function firstMachine(): FleetHost & { root: string } {
  const [machine] = fleet.hosts;
  if (machine === undefined || machine.root === null) throw new Error('the fleet is empty');
  return { ...machine, root: machine.root };
}

/** A user-data file as an operator makes it. */
function userData(words: readonly string[], password: string): string {
  const args = ['ctl', 'user-data', '-u', 'admin', '-p', '-c', 'web', '-r', remoteUser, ...words];
  return execFileSync(compiledExecutable(), args, {
    input: password,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

/** Boots the machine as far as cloud-init is concerned. Returns what its last stage ended with. */
async function cloudInit(file: string): Promise<string> {
  const seed = join(machine.root, 'var/lib/cloud/seed/nocloud');
  mkdirSync(seed, { recursive: true });
  writeFileSync(join(seed, 'user-data'), file);
  writeFileSync(join(seed, 'meta-data'), `instance-id: ${crypto.randomUUID()}\n`);
  writeFileSync(join(machine.root, 'etc/cloud/cloud.cfg.d/99-test.cfg'), JSON.stringify(cloudConfig));
  return on(
    machine,
    'cloud-init init >&2 && cloud-init modules --mode=config >&2 && { cloud-init modules --mode=final >&2; echo $?; }',
  );
}

/** A server that the machines reach, with a cluster; its reverse proxy with a certificate that nobody knows. */
async function openSite() {
  const site = new Site(['--listen-interface', '0.0.0.0', '--insecure', '--trusted-proxy', '127.0.0.1']);
  await site.start();
  await site.client.clusters.create('web', { type: 'host_only', network: 'default', container_manager: '' });
  const { port } = new URL(site.server.url);
  const { certificate, key } = await (await makeAuthority('nobody knows it')).issue({ address: here });
  const proxy = Bun.serve({
    port: 0,
    hostname: here,
    tls: { cert: certificate, key },
    async fetch(request, server) {
      const { pathname } = new URL(request.url);
      const headers = new Headers(request.headers);
      headers.set('x-forwarded-for', server.requestIP(request)?.address ?? '');
      const { method } = request;
      return fetch(`http://127.0.0.1:${port}${pathname}`, { method, headers, body: await request.arrayBuffer() });
    },
  });
  return {
    site,
    direct: `http://${here}:${port}`,
    proxied: `https://${here}:${proxy.port}/`,
    fingerprint: createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex'),
    async [Symbol.asyncDispose]() {
      await proxy.stop(true);
      await site[Symbol.asyncDispose]();
    },
  };
}

test.each(['through a proxy, by its fingerprint', 'directly'])(
  'a machine that cloud-init sets up becomes a host of its cluster, %s',
  async (way) => {
    await using opened = await openSite();
    const { site, direct, proxied, fingerprint } = opened;
    const words = way === 'directly' ? ['-e', direct] : ['-e', proxied, '-f', fingerprint];
    const ended = await cloudInit(userData(words, site.server.password));
    expect(ended, await on(machine, 'cat /var/log/cloud-init-output.log')).toBe('0\n');

    const host = await eventually(async () => {
      const [found] = await site.client.hosts.list();
      return found?.status === 'disassociated' || found?.status === 'failed' ? found : undefined;
    });
    expect(host).toMatchObject({ address: machine.address, status: 'disassociated', os: 'debian', error: '' });
    expect(await site.client.clusters.members('web')).toEqual([machine.address]);
    // The machine told its host key: the server trusted nobody who merely answered.
    const told = (await on(machine, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1];
    expect(await site.client.hosts.hostKey(machine.address)).toMatchObject({ fingerprint: told });
    expect(await on(machine, `visudo -c >&2; stat -c '%a %U' /etc/sudoers.d/commissaire-${remoteUser}`)).toBe(
      '440 root\n',
    );
    expect(await on(machine, `stat -c '%a %U' ~${remoteUser}/.ssh ~${remoteUser}/.ssh/*`)).toBe(
      ['700', '600', '600', '644'].map((mode) => `${mode} ${remoteUser}\n`).join(''),
    );

    // Once more, as for a machine whose registration was broken off.
    await on(machine, '/var/lib/cloud/instance/scripts/commissaire-register');
    expect(await site.client.hosts.list()).toHaveLength(1);
    const logs = await on(machine, 'cat /var/log/cloud-init*.log');
    expect(logs).toContain(`as ${machine.address}`);
    expect(logs).not.toContain(site.server.password);
  },
);

test('a machine that is refused says so in the log of cloud-init, which counts it as failed', async () => {
  await using opened = await openSite();
  expect(await cloudInit(userData(['-e', opened.direct], 'a wrong password'))).not.toBe('0\n');
  const logs = await on(machine, 'cat /var/log/cloud-init-output.log /var/log/cloud-init.log');
  expect(logs).toMatch(/commissaire: \S+ answered 403 /);
  expect(logs).toContain('1 failures (commissaire-register)');
  expect(logs).not.toContain('a wrong password');
  expect(await opened.site.client.hosts.list()).toEqual([]);
});
