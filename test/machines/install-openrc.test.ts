import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { compiledExecutable } from '../support/compiled.ts';
import { JumpHost, ReleaseServer } from './installation.ts';
import { machines } from './site.ts';

const packages = join(import.meta.dirname, '../../.tools/openrc');

/**
 * The installation as OpenRC sees it: Debian's OpenRC in a machine, with a /run of its own in which there is no systemd. It
 * prints what each part said after a line with its name.
 */
const session = String.raw`
mount -t tmpfs tmpfs /run && mkdir -p /run/lock /run/openrc && touch /run/openrc/softlevel /etc/insserv.conf
for d in exclusive starting started stopping inactive wasinactive failed hotplugged crashed daemons options scheduled tmp
do mkdir /run/openrc/$d; done
pid() { pgrep -u commissaire -f '/usr/local/bin/commissaire serve'; }
up() { until HOME=/root commctl cluster list >/dev/null 2>&1; do [ $((tries += 1)) -lt 200 ] || return 1; sleep 0.1; done; }
export COMMISSAIRE_LOG_LEVEL=
echo '== install'; sh /root/install.sh 2>&1; echo "exit code $?"
echo '== serve'; up && HOME=/root commctl cluster create kept; stat -c '%U %a' /var/log/commissaire.log
echo '== enabled'; ls /etc/runlevels/default
echo '== again'; before=$(pid); sh /root/install.sh 2>&1; [ "$before" = "$(pid)" ] && echo 'the same process'
echo '== environment'; echo 'COMMISSAIRE_LOG_LEVEL="debug"' >>/etc/commissaire/commissaire.env
rc-service commissaire restart >/dev/null 2>&1; up; tr '\0' '\n' </proc/$(pid)/environ | grep -E '^(COMMISSAIRE_LOG|BUN_)'
grep NoNewPrivs /proc/$(pid)/status
echo '== reload'; before=$(pid); rc-service commissaire reload >/dev/null 2>&1
until grep -q 'reloaded the configuration' /var/log/commissaire.log; do [ $((waits += 1)) -lt 200 ] || break; sleep 0.1; done
[ "$before" = "$(pid)" ] && echo 'the same process'
echo '== killed'; kill -9 "$before"; while kill -0 "$before" 2>/dev/null; do sleep 0.1; done; tries=0; up && HOME=/root commctl cluster list
echo '== uninstall'; commissaire-uninstall.sh --purge 2>&1 | tail -n 1; pid || echo 'no process'; ls /etc/init.d /etc/runlevels/default /usr/local/bin
`;

test('OpenRC starts, reloads, watches and removes the service', async () => {
  if (!existsSync(packages)) throw new Error('the packages of OpenRC are not there: run scripts/bootstrap');
  const machine = machines.at(-2);
  if (machine === undefined) throw new Error('the fleet is too small');
  await using releases = new ReleaseServer();
  const jump = new JumpHost(machine, releases);
  await jump.prepare();
  releases.release(manifest.version, compiledExecutable());
  const root = join(machine.root ?? '', 'root');
  const names = readdirSync(packages).filter((name) => name.endsWith('.deb'));
  for (const name of names) copyFileSync(join(packages, name), join(root, name));
  await jump.run(
    'cd /root && for p in *.deb; do dpkg-deb --fsys-tarfile $p | tar -x --keep-directory-symlink -C /; done',
  );
  writeFileSync(join(root, 'session.sh'), session);
  const text = await jump.run('unshare --mount sh /root/session.sh 2>/dev/null');
  const parts = new Map(
    text
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
  );
  expect(parts.get('install'), text).toContain('exit code 0');
  expect(parts.get('install')).toContain('installed /etc/init.d/commissaire');
  expect(parts.get('serve')).toContain('commissaire 640');
  expect(parts.get('enabled')).toBe('commissaire\n');
  expect(parts.get('again')).toContain('nothing changed: it is not restarted');
  expect(parts.get('again')).toContain('the same process');
  expect(parts.get('environment')).toContain('COMMISSAIRE_LOG_LEVEL=debug');
  expect(parts.get('environment')).toContain('BUN_TMPDIR=/var/lib/commissaire/tmp');
  expect(parts.get('environment')).toMatch(/NoNewPrivs:\s+1/);
  expect(parts.get('reload')).toBe('the same process\n');
  expect(parts.get('killed')).toContain('kept');
  expect(parts.get('uninstall')).toContain('Commissaire and its data are removed.\nno process\n');
  expect(parts.get('uninstall')?.split('no process')[1]).not.toContain('commissaire');
});
