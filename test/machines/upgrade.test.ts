import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FleetHost } from '../support/fleet.ts';
import { eventually, fleet, on, outdate, Site, stateDirectory } from './site.ts';

const steps = 20;
const [first] = fleet.hosts;
if (first === undefined) throw new Error('the fleet is empty');

/** What the package's installation printed, in order. */
function stepsIn(output: string): string[] {
  return output.match(/^step \d+$/gm) ?? [];
}
const allSteps = Array.from({ length: steps }, (_, index) => `step ${index + 1}`);

async function expectUpgradedOnce(machine: FleetHost): Promise<void> {
  expect(await on(machine, 'cat /usr/share/commissaire-sample/version')).toBe('2.0\n');
  expect(await on(machine, 'cat /var/log/commissaire-sample')).toBe('done\n');
}

/** The run directory goes once the outcome is on disk, which may be a moment after the operation shows it. */
async function expectClearedAway(machine: FleetHost, id: string): Promise<void> {
  await eventually(
    async () =>
      (await on(machine, `[ -e /run/commissaire/${id}.upgrade ] && echo there || echo gone`)) === 'gone\n' || undefined,
  );
}

test('an upgrade whose connection is cut in the middle of the transaction completes and is reported once', async () => {
  await outdate(steps, fleet.hosts);
  await using site = await Site.open();
  const id = await site.begin('upgrade');
  await printed(site, id, first, 'step 3');
  expect(await cutConnections(first)).toBeGreaterThan(0);

  const operation = await site.ended(id);
  expect(operation.results.map(({ state, exit_code, attempts }) => ({ state, exit_code, attempts }))).toEqual(
    fleet.hosts.map(() => ({ state: 'succeeded', exit_code: 0, attempts: 1 })),
  );
  for (const machine of fleet.hosts) {
    expect(stepsIn(await site.log(id, machine))).toEqual(allSteps);
    await expectUpgradedOnce(machine);
    await expectClearedAway(machine, id);
  }
});

test('an upgrade whose server is killed in the middle of the transaction completes and is reported once', async () => {
  await outdate(steps, fleet.hosts);
  await using site = await Site.open();
  const id = await site.begin('upgrade');
  await printed(site, id, first, 'step 3');
  await site.crash();
  // The transaction goes on without a server.
  await eventually(async () =>
    (await on(first, `cat /run/commissaire/${id}.upgrade/output`)).includes('step 8') ? true : undefined,
  );
  await site.start();

  const operation = await site.ended(id);
  expect(operation.status).toBe('finished');
  expect(operation.results.map(({ state, attempts }) => ({ state, attempts }))).toEqual([
    { state: 'succeeded', attempts: 2 },
    { state: 'succeeded', attempts: 1 },
    { state: 'succeeded', attempts: 1 },
  ]);
  for (const machine of fleet.hosts) {
    expect(stepsIn(await site.log(id, machine))).toEqual(allSteps);
    await expectUpgradedOnce(machine);
    await expectClearedAway(machine, id);
  }
});

test('an upgrade that ended while there was no server is reported from what it left', async () => {
  await outdate(5, [first]);
  await using site = await Site.open([first]);
  const id = await site.begin('upgrade');
  await printed(site, id, first, 'step 1');
  await site.crash();
  await eventually(
    async () =>
      existsSync(join(first.root ?? '', 'run/commissaire', `${id}.upgrade`, 'status')) ||
      (await on(first, `cat /run/commissaire/${id}.upgrade/status 2>/dev/null || true`)).trim() === '0' ||
      undefined,
  );
  await site.start();
  const operation = await site.ended(id);
  expect(operation.results).toMatchObject([{ state: 'succeeded', exit_code: 0 }]);
  expect(stepsIn(await site.log(id, first))).toEqual(allSteps.slice(0, 5));
  await expectUpgradedOnce(first);
});

test('a failing package manager fails the host with its exit code, and its output is kept', async () => {
  await outdate(1, [first]);
  await using site = await Site.open(fleet.hosts.slice(0, 2));
  await on(first, 'echo "deb [trusted=yes] file:/nowhere ./" >/etc/apt/sources.list');
  const id = await site.begin('upgrade');
  const operation = await site.ended(id);
  expect(operation).toMatchObject({
    status: 'failed',
    results: [{ state: 'failed', exit_code: 100, error: { code: 'command_failed' } }, { state: 'cancelled' }],
  });
  expect(await site.log(id, first)).toContain('/nowhere');
});

test('a repository of several that cannot be reached fails the host and is named; nothing is upgraded', async () => {
  await outdate(1, [first]);
  await using site = await Site.open([first]);
  await on(first, `printf '%s\\n' 'deb [trusted=yes] ${unreachable}/one ./' >>/etc/apt/sources.list`);
  const id = await site.begin('upgrade');
  expect((await site.ended(id)).results).toMatchObject([{ state: 'failed', exit_code: 100 }]);
  const output = await site.log(id, first);
  expect(output).toContain(`---- repositories that could not be reached or verified:\n${unreachable}/one/./`);
  expect(stepsIn(output)).toEqual([]);
});

test('an upgrade waits for another apt that has the lock of the lists', async () => {
  await outdate(1, [first]);
  await using site = await Site.open([first]);
  const [pid = ''] = (await on(first, holdLists)).split('\n');
  const id = await site.begin('upgrade');
  await printed(site, id, first, 'Could not get lock /var/lib/apt/lists/lock');
  await on(first, `kill ${pid}`);
  expect((await site.ended(id)).status, await site.log(id, first)).toBe('finished');
  await expectUpgradedOnce(first);
});

test('as a user with sudo an upgrade works', async () => {
  await outdate(1, [first]);
  await using site = await Site.open([first], 'operator');
  expect((await site.ended(await site.begin('upgrade'))).status).toBe('finished');
  await expectUpgradedOnce(first);
});

test('a machine that says it is Fedora is upgraded by dnf', async () => {
  await using _disguise = await disguise(first, 'ID=fedora\nVERSION_ID=41\n');
  await on(first, fedoraRepository);
  await using site = await Site.open([first]);
  expect(await site.client.hosts.get(first.address)).toMatchObject({ os: 'fedora', facts: { package_manager: 'dnf' } });
  const id = await site.begin('upgrade');
  const operation = await site.ended(id);
  expect(operation.status, await site.log(id, first)).toBe('finished');
  expect(await on(first, 'rpm -q --qf "%{VERSION}" commissaire-sample')).toBe('2.0');
});

test('a repository that dnf may do without fails the host where it cannot be reached, and is named', async () => {
  await using _disguise = await disguise(first, 'ID=fedora\nVERSION_ID=41\n');
  await on(first, fedoraRepository);
  await on(
    first,
    `printf '[away]\\nname=away\\nbaseurl=${unreachable}\\ngpgcheck=0\\nskip_if_unavailable=1\\n' >/etc/yum.repos.d/away.repo`,
  );
  await using site = await Site.open([first]);
  const id = await site.begin('upgrade');
  expect((await site.ended(id)).results).toMatchObject([{ state: 'failed', exit_code: 1 }]);
  expect(await site.log(id, first)).toContain("Failed to download metadata for repo 'away'");
  expect(await on(first, 'rpm -q --qf "%{VERSION}" commissaire-sample')).toBe('1.0');
});

test('an ostree machine is deployed to a version; one made of packages is skipped with the reason', async () => {
  const packaged = fleet.hosts[1];
  if (packaged === undefined) throw new Error('the fleet is too small');
  // rpm-ostree is in no Debian package: what it is called with is recorded instead.
  await on(
    first,
    'mkdir -p /usr/local/bin && printf \'#!/bin/sh\necho "$@" >>/var/log/rpm-ostree\necho "Staging $2"\n\' >/usr/local/bin/rpm-ostree && chmod +x /usr/local/bin/rpm-ostree && rm -f /var/log/rpm-ostree && touch /run/ostree-booted',
  );
  try {
    await using site = await Site.open([first, packaged]);
    expect(await site.client.hosts.get(first.address)).toMatchObject({
      os: 'atomic',
      facts: { package_manager: 'rpm-ostree' },
    });
    const id = await site.begin('deploy', { version: "7.2.6'; touch /tmp/injected".replace(/\s/g, '') });
    const operation = await site.ended(id);
    expect(operation).toMatchObject({
      status: 'finished',
      results: [{ state: 'succeeded' }, { state: 'skipped', error: { message: expect.stringContaining('apt') } }],
    });
    expect(await on(first, 'cat /var/log/rpm-ostree')).toBe("deploy 7.2.6';touch/tmp/injected\n");
    expect(await site.log(id, first)).toContain('Staging');
    await site.ended(await site.begin('upgrade'));
    expect(await on(first, 'tail -n 1 /var/log/rpm-ostree')).toBe('upgrade\n');
  } finally {
    await on(first, 'rm -f /usr/local/bin/rpm-ostree /run/ostree-booted');
  }
});

/** Nothing listens there. */
const unreachable = 'http://127.0.0.1:9';

/** Takes the lock of apt's lists as apt does, by fcntl(2), and prints the id of the process that has it. */
const holdLists = String.raw`
setsid perl -MFcntl -e '
  $| = 1;
  open(my $lock, "+>>", "/var/lib/apt/lists/lock") or die $!;
  my $whole = pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
  fcntl($lock, F_SETLK, $whole) or die $!;
  print "$$\n";
  open(STDIN, "<", "/dev/null"); open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null");
  sleep 600;
' &`;

/** Waits until the machine's output in the operation, as the server has it, contains the text. */
async function printed(site: Site, id: string, machine: FleetHost, text: string): Promise<void> {
  await eventually(async () => {
    const { bytes } = await site.client.operations.log(id, machine.address, 0);
    return Buffer.from(bytes).toString('utf8').includes(text) ? true : undefined;
  });
}

/** Ends what serves the connections on the machine, a real cut and not a slow network, and tells how many there were. */
async function cutConnections(machine: FleetHost): Promise<number> {
  const cut =
    'cd /proc && for p in [0-9]*; do grep -qs "^sshd: root@notty" $p/cmdline && [ $p != $PPID ] && kill -9 $p && echo cut; done; true';
  return (await on(machine, cut)).split('\n').filter((line) => line === 'cut').length;
}

/** Lets a machine name itself another system for the time of a test. */
async function disguise(machine: FleetHost, osRelease: string): Promise<AsyncDisposable> {
  await on(
    machine,
    'cp --remove-destination "$(readlink -f /etc/os-release)" /etc/os-release.kept && rm -f /etc/os-release',
  );
  writeFileSync(join(machine.root ?? stateDirectory, 'etc/os-release'), osRelease);
  return {
    [Symbol.asyncDispose]: async () => {
      await on(machine, 'mv -f /etc/os-release.kept /etc/os-release');
    },
  };
}

/** Builds two versions of an rpm on the machine, installs the first and offers the second. */
const fedoraRepository = String.raw`
set -e
rm -rf /tmp/build /srv/rpms /etc/yum.repos.d && mkdir -p /tmp/build /srv/rpms /etc/yum.repos.d
rpm -e commissaire-sample >/dev/null 2>&1 || true
for version in 1.0 2.0; do
  printf 'Name: commissaire-sample\nVersion: %s\nRelease: 1\nSummary: sample\nLicense: GPL\nBuildArch: noarch\n%%description\nsample\n%%files\n' $version >/tmp/build/sample.spec
  rpmbuild -bb --define '_topdir /tmp/build' /tmp/build/sample.spec >/dev/null 2>&1
done
rpm -i --nodeps /tmp/build/RPMS/noarch/commissaire-sample-1.0-1.noarch.rpm
cp /tmp/build/RPMS/noarch/commissaire-sample-2.0-1.noarch.rpm /srv/rpms/
createrepo_c -q /srv/rpms
printf '[sample]\nname=sample\nbaseurl=file:///srv/rpms\ngpgcheck=0\n' >/etc/yum.repos.d/sample.repo
`;
