import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { compiledExecutable } from '../support/compiled.ts';
import { buildOther } from '../support/release.ts';
import { JumpHost, ReleaseServer } from './installation.ts';
import { boots, eventually, machines } from './site.ts';

const older = manifest.version;
/** Its store has a form that the older build does not know. */
const newer = '99.0.0';
const releases = new ReleaseServer();
const [last, other] = [machines.at(-1), machines.at(-2)];
if (last === undefined || other === undefined) throw new Error('the fleet is too small');
const jump = new JumpHost(last, releases);

beforeAll(async () => {
  await jump.prepare();
  mkdirSync(releases.path('build'));
  releases.release(newer, buildOther(releases.path('build'), { version: newer, upgradesStore: true }));
  releases.release(older, compiledExecutable());
});
afterAll(() => releases[Symbol.asyncDispose]());

/** Everything outside of the directories in which a running system writes by itself. */
const listing = 'find /etc /usr/local /var/lib/commissaire /opt /srv -printf "%p %m %u %s\\n" 2>/dev/null | sort';

test('a dry run changes nothing', async () => {
  const before = await jump.run(listing);
  const { code, output } = await jump.install('INSTALL_COMMISSAIRE_DRY_RUN=1');
  expect(code, output).toBe(0);
  expect(output).toContain('would start the service');
  expect(await jump.run(listing)).toBe(before);
});

test('one command installs a service that is ready when the command ends', async () => {
  const { code, output } = await jump.install();
  expect(code, output).toBe(0);
  expect(await jump.run('systemctl is-active commissaire; systemctl is-enabled commissaire')).toBe('active\nenabled\n');
  expect(await jump.clusters()).toBe('[]\n');
  expect(output).toMatch(/Fingerprint of its certificate: ([0-9A-F]{2}:){31}[0-9A-F]{2}\n/);
  expect(output).toContain('The first password is in /etc/commissaire/first-login, which only root can read');
  expect(output.split('Next:\n')[1]?.trim().split('\n')).toHaveLength(3);
  expect(await jump.run('grep -c "^password: ........" /etc/commissaire/first-login')).toBe('1\n');
});

test('each file has its owner and its mode', async () => {
  const paths =
    '/etc/commissaire /etc/commissaire/* /var/lib/commissaire /var/lib/commissaire/users.json /usr/local/bin/comm*';
  expect(await jump.run(`stat -c '%A %U:%G %n' ${paths}`)).toBe(
    [
      'drwxr-x--- root:commissaire /etc/commissaire',
      '-rw-r----- root:commissaire /etc/commissaire/commissaire.conf',
      '-rw------- root:root /etc/commissaire/commissaire.env',
      '-rw------- root:root /etc/commissaire/first-login',
      'drwx------ commissaire:commissaire /var/lib/commissaire',
      '-rw------- commissaire:commissaire /var/lib/commissaire/users.json',
      'lrwxrwxrwx root:root /usr/local/bin/commctl',
      '-rwxr-xr-x root:root /usr/local/bin/commissaire',
      'lrwxrwxrwx root:root /usr/local/bin/commissaire-server',
      '-rwxr-xr-x root:root /usr/local/bin/commissaire-uninstall.sh',
      '',
    ].join('\n'),
  );
  expect(await jump.run('find /var/lib/commissaire ! -user commissaire')).toBe('');
});

test('the same command again restarts nothing', async () => {
  const before = await jump.mainPid();
  const { code, output } = await jump.install();
  expect(code, output).toBe(0);
  expect(output).toContain('nothing changed: it is not restarted');
  expect(await jump.mainPid()).toBe(before);
  expect((await jump.install('INSTALL_COMMISSAIRE_FORCE_RESTART=1')).code).toBe(0);
  expect(await jump.mainPid()).not.toBe(before);
});

test('a reload and a hang-up leave the server running; systemd sees the end of the reload', async () => {
  const before = await jump.mainPid();
  await jump.run(`systemctl reload commissaire; kill -HUP ${before}`);
  await eventually(async () => {
    const log = await jump.run(
      'journalctl --unit commissaire --output cat | grep -c "reloaded the configuration" || true',
    );
    return Number(log) >= 1 || undefined;
  });
  expect(await jump.run('systemctl is-active commissaire')).toBe('active\n');
  expect(await jump.mainPid()).toBe(before);
});

test('a broken release changes nothing, and the service goes on', async () => {
  await jump.run('HOME=/root commctl cluster create kept');
  const before = `${await jump.mainPid()} ${await jump.run('sha256sum /usr/local/bin/commissaire')}`;
  const release = releases.path(`releases/${newer}`);
  releases.offer(newer);
  for (const [file, message] of [
    [readdirSync(release).find((name) => name.endsWith('.gz')) ?? '', 'the checksum of'],
    ['SHA256SUMS', 'the signature SHA256SUMS.ecdsa of the release is wrong'],
  ] as const) {
    const whole = readFileSync(join(release, file));
    appendFileSync(join(release, file), `${'0'.repeat(64)}  changed\n`);
    const { code, output } = await jump.upgrade();
    expect(output).toContain(message);
    expect(code).toBe(1);
    writeFileSync(join(release, file), whole);
  }
  expect(`${await jump.mainPid()} ${await jump.run('sha256sum /usr/local/bin/commissaire')}`).toBe(before);
});

test('an upgrade keeps the data and the previous file', async () => {
  expect(await jump.upgrade('--check')).toEqual({ code: 10, output: `installed: ${older}\navailable: ${newer}\n` });
  const { code, output } = await jump.upgrade();
  expect(code, output).toBe(0);
  expect(await jump.run('commissaire --version; commissaire.previous --version')).toBe(
    `commissaire ${newer}\ncommissaire ${older}\n`,
  );
  expect(await jump.clusters()).toContain('kept');
  expect((await jump.upgrade('--check')).code).toBe(0);
});

test('the previous version comes back only with the store that it can open', async () => {
  await jump.run('HOME=/root commctl cluster create later');
  const refused = await jump.upgrade('--rollback');
  expect(refused.output).toContain(`${older} cannot open the store, which ${newer} has upgraded`);
  expect(refused.code).toBe(2);
  expect(await jump.run('commissaire --version')).toBe(`commissaire ${newer}\n`);
  const { code, output } = await jump.upgrade('--rollback --restore-snapshot');
  expect(code, output).toBe(0);
  expect(await jump.run('commissaire --version')).toBe(`commissaire ${older}\n`);
  const clusters = await jump.clusters();
  expect(clusters).toContain('kept');
  expect(clusters).not.toContain('later');
  expect(await jump.run('ls -d /var/lib/commissaire/upgraded-*/store')).toContain('/store');
});

test('where the store allows it, the two files are exchanged and nothing else', async () => {
  const { code, output } = await jump.upgrade('--rollback');
  expect(code, output).toBe(0);
  expect(await jump.run('commissaire --version; commissaire.previous --version')).toBe(
    `commissaire ${newer}\ncommissaire ${older}\n`,
  );
  expect(await jump.clusters()).toContain('kept');
});

test('a server that is stuck is ended by the watchdog and started again', async () => {
  const dropIn = '/etc/systemd/system/commissaire.service.d/watchdog.conf';
  await jump.run(`mkdir -p ${dropIn.replace('/watchdog.conf', '')}; printf '[Service]\\nWatchdogSec=2\\n' >${dropIn}`);
  await jump.run('systemctl daemon-reload; systemctl restart commissaire');
  await jump.run(`kill -STOP ${await jump.mainPid()}`);
  await eventually(async () => {
    const state = await jump.run('systemctl show --property NRestarts,ActiveState --value commissaire | sort');
    return state === '1\nactive\n' || undefined;
  });
  expect(await jump.run('journalctl --unit commissaire | grep -c "Watchdog timeout"')).toBe('1\n');
  await jump.run(`rm ${dropIn}; systemctl daemon-reload; systemctl restart commissaire`);
});

test('after a reboot of the machine the service answers', async () => {
  const before = boots(jump.machine).length;
  await jump.run('systemctl reboot').catch(() => undefined);
  await eventually(async () => boots(jump.machine).length > before || undefined);
  await eventually(() => jump.run('systemctl is-active commissaire').catch(() => undefined));
  expect(await jump.clusters()).toContain('kept');
});

test('an uninstallation keeps the data, a new installation continues with it, and a purge removes it', async () => {
  await jump.prepare();
  const { output } = await jump.told('commissaire-uninstall.sh');
  expect(output).toContain('Its data stays: /var/lib/commissaire, /etc/commissaire');
  expect(await jump.run('ls /usr/local/bin; systemctl is-active commissaire || true')).toBe('inactive\n');
  releases.offer(newer);
  const again = await jump.install();
  expect(again.code, again.output).toBe(0);
  expect(await jump.clusters()).toContain('kept');
  expect((await jump.told('commissaire-uninstall.sh --purge')).code).toBe(0);
  const left = 'find / -xdev -name "*commissaire*" -not -path "/var/log/*" -not -path "/proc/*" 2>/dev/null || true';
  expect((await jump.run(left)).split('\n').filter((path) => !/fleet|sample/.test(path))).toEqual(['']);
  expect((await jump.told('id commissaire')).code).toBe(1);
});

const second = new JumpHost(other, releases);

test('a read-only /usr/local needs another directory, which is named; no network is needed with a local release', async () => {
  await second.prepare();
  await second.run('mount --bind /usr/local /usr/local && mount -o remount,bind,ro /usr/local');
  const refused = await second.install();
  expect(refused.output).toContain('set INSTALL_COMMISSAIRE_BIN_DIR to a directory for programs that is writable');
  expect(refused.code).toBe(1);
  const { root } = second.machine;
  const release = 'root/release';
  mkdirSync(join(root ?? '', release));
  for (const name of readdirSync(releases.path(`releases/${older}`)))
    writeFileSync(join(root ?? '', release, name), readFileSync(releases.path(`releases/${older}/${name}`)));
  const kit = 'INSTALL_COMMISSAIRE_ARTIFACT_PATH=/root/release INSTALL_COMMISSAIRE_BIN_DIR=/opt/commissaire/bin';
  const { code, output } = await second.told(
    `${kit} INSTALL_COMMISSAIRE_DATA_DIR=/srv/commissaire unshare --net sh /root/install.sh`,
  );
  expect(code, output).toBe(0);
  const commctl = '/opt/commissaire/bin/commctl --endpoint unix:/srv/commissaire/commissaire.sock';
  expect(await second.clusters(commctl)).toBe('[]\n');
  expect(existsSync(join(root ?? '', 'var/lib/commissaire'))).toBe(false);
  expect((await second.told('/opt/commissaire/bin/commissaire-uninstall.sh --purge')).code).toBe(0);
  expect(await second.run('ls /srv /opt/commissaire/bin')).not.toContain('commissaire\n');
  await second.run('umount /usr/local');
});
