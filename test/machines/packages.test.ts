import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeDebianPackage } from '../../scripts/lib/release/debian-package.ts';
import { makeRpmPackage } from '../../scripts/lib/release/rpm-package.ts';
import { compiledExecutable } from '../support/compiled.ts';
import { readFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const run = promisify(execFile);
const stateDirectory = process.env.COMMISSAIRE_FLEET_STATE ?? '';
const machine = readFleet(stateDirectory).hosts.at(-1);
if (machine === undefined) throw new Error('the fleet is empty');
const { name, root } = machine;
if (root === null) throw new Error('these tests need machines: scripts/fleet up 20 --machines');

const versions = ['0.9.0', '0.9.1'] as const;
const made = temporaryDirectory();
const debs: string[] = [];
const rpms: string[] = [];

/** Packages of two versions with the same program, and both on the machine. */
beforeAll(async () => {
  mkdirSync(join(root, 'srv/packages'), { recursive: true });
  for (const version of versions) {
    const contents = { version, date: new Date(1e12), executable: compiledExecutable(), notices: 'x', bill: '{}' };
    const order = { contents, effort: 'quick', out: made.path } as const;
    debs.push(await makeDebianPackage({ ...order, architecture: 'amd64', work: work() }));
    rpms.push(await makeRpmPackage({ ...order, architecture: 'x86_64', work: work() }));
  }
  for (const file of [...debs, ...rpms]) copyFileSync(join(made.path, file), join(root, 'srv/packages', file));
}, 900_000);
afterAll(async () => {
  rmSync(join(root, 'srv/packages'), { recursive: true, force: true });
  made[Symbol.dispose]();
});

function work(): string {
  return mkdtempSync(join(made.path, 'work-'));
}

/** Runs a command on the machine as root, and returns what it printed. */
async function on(command: string): Promise<string> {
  const { stdout } = await run('ssh', ['-F', join(stateDirectory, 'ssh_config'), name, command], { maxBuffer: 1e8 });
  return stdout;
}

const apt = 'DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Options::=--force-confold';
const active = 'systemctl is-active commissaire.service || true';
const mainPid = 'systemctl show --property MainPID --value commissaire.service';

/** The hosts, as a client that trusts the CA of `init` gets them with the first password. */
async function hosts(): Promise<unknown> {
  const login = `commctl login https://127.0.0.1:8000 --ca "$(${member('certificate authority')})" --username admin`;
  await on(`rm -f .commissaire.json; ${member('password')} | ${login} --password-stdin`);
  return JSON.parse(await on('commctl host list -o json'));
}

function member(label: string): string {
  return `sed -n 's/^${label}: //p' /etc/commissaire/first-login`;
}

describe('the Debian package', () => {
  test('installs with apt, makes a site, and starts a service that answers', async () => {
    await on(`${apt} install -y --no-install-recommends /srv/packages/${debs[0]}`);
    expect(await on(active)).toBe('active\n');
    expect(await on('systemctl is-enabled commissaire.service')).toBe('enabled\n');
    expect(await hosts()).toEqual([]);
    expect(
      await on(`stat -c '%a %U:%G %n' /etc/commissaire /etc/commissaire/commissaire.env /var/lib/commissaire`),
    ).toBe(
      [
        '750 root:commissaire /etc/commissaire',
        '600 root:root /etc/commissaire/commissaire.env',
        '700 commissaire:commissaire /var/lib/commissaire\n',
      ].join('\n'),
    );
    expect(await on("stat -c '%a %U' /etc/commissaire/first-login")).toBe('600 root\n');
    // Everything of the server belongs to its user.
    expect(await on('find /var/lib/commissaire ! -user commissaire')).toBe('');
    expect(await on('dpkg --verify commissaire')).toBe('');
  });

  test('an upgrade restarts the service once, and keeps the data and a changed environment file', async () => {
    await on('commctl network create kept');
    await on("echo '#COMMISSAIRE_LOG_LEVEL=warn' >>/etc/commissaire/commissaire.env");
    const before = await on(mainPid);
    await on(`${apt} install -y /srv/packages/${debs[1]}`);
    expect(await on('dpkg -s commissaire')).toContain(`Version: ${versions[1]}\n`);
    expect(await on(active)).toBe('active\n');
    expect(await on(mainPid)).not.toBe(before);
    expect(await hosts()).toEqual([]);
    expect(await on('commctl network get kept -o name')).toContain('kept');
    expect(await on('tail -n 1 /etc/commissaire/commissaire.env')).toBe('#COMMISSAIRE_LOG_LEVEL=warn\n');
  });

  test('a service that was disabled and stopped stays so over a new installation of the same version', async () => {
    await on('systemctl disable --now commissaire.service');
    await on(`${apt} install -y --reinstall /srv/packages/${debs[1]}`);
    expect(await on('systemctl is-enabled commissaire.service || true')).toBe('disabled\n');
    await on('systemctl enable --now commissaire.service');
  });

  test('removed, it keeps the data; purged, it leaves nothing', async () => {
    await on(`${apt} remove -y commissaire`);
    expect(await on(active)).toBe('inactive\n');
    expect(await on('ls /var/lib/commissaire/store')).toContain('data.mdb');
    expect(await on('ls /usr/bin/commctl /usr/bin/commissaire 2>/dev/null || true')).toBe('');
    await on(`${apt} purge -y commissaire`);
    const left = ['/var/lib/commissaire', '/etc/commissaire', '/usr/lib/commissaire'].join(' ');
    expect(await on(`ls -d ${left} 2>/dev/null || true`)).toBe('');
    expect(await on('id commissaire 2>/dev/null || true')).toBe('');
    expect(await on('find /etc/systemd /usr/lib/systemd /var/lib/systemd -name "*commissaire.service*"')).toBe('');
  });
});

describe('the RPM package', () => {
  // The machine is a Debian one, whose libraries no rpm provides.
  const libraries = String.raw`
set -e
mkdir -p /tmp/build
printf 'Name: base\nVersion: 1\nRelease: 1\nSummary: base\nLicense: GPL\nBuildArch: noarch\nProvides: libc.so.6(GLIBC_2.34)(64bit)\nProvides: libstdc++.so.6(GLIBCXX_3.4.29)(64bit)\nProvides: shadow-utils\nProvides: /bin/sh\n%%description\nbase\n%%files\n' >/tmp/build/base.spec
rpmbuild -bb --define '_topdir /tmp/build' /tmp/build/base.spec >/dev/null 2>&1
rpm -i --nodeps /tmp/build/RPMS/noarch/base-1-1.noarch.rpm
rm -rf /tmp/build /etc/yum.repos.d/*
`;
  const dnf = 'dnf -q -y --nogpgcheck --disablerepo="*"';

  test('installs with dnf and makes a site; the administrator starts the service', async () => {
    await on(libraries);
    await on(`${dnf} install /srv/packages/${rpms[0]}`);
    expect(await on(active)).toBe('inactive\n');
    await on('systemctl enable --now commissaire.service');
    expect(await hosts()).toEqual([]);
    expect(await on('rpm -V commissaire')).toBe('');
    expect(await on('find /var/lib/commissaire ! -user commissaire')).toBe('');
  });

  test('an upgrade restarts a running service, and keeps the data', async () => {
    await on('commctl network create kept');
    const before = await on(mainPid);
    await on(`${dnf} upgrade /srv/packages/${rpms[1]}`);
    expect(await on('rpm -q --qf "%{VERSION}" commissaire')).toBe(versions[1]);
    expect(await on(active)).toBe('active\n');
    expect(await on(mainPid)).not.toBe(before);
    expect(await hosts()).toEqual([]);
    expect(await on('commctl network get kept -o name')).toContain('kept');
  });

  test('removed, it stops the service and keeps the data', async () => {
    await on(`${dnf} remove commissaire`);
    expect(await on(active)).toBe('inactive\n');
    expect(await on('ls /usr/bin/commissaire 2>/dev/null || true')).toBe('');
    expect(await on('ls /var/lib/commissaire/store')).toContain('data.mdb');
    await on('rm -rf /var/lib/commissaire /etc/commissaire /root/.commissaire.json; userdel commissaire; rpm -e base');
  });
});
