import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mayMount } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const version = '7.8.9-rc.1';
const target = 'linux-x64-baseline';
const directory = temporaryDirectory();
const at = (...names: string[]) => join(directory.path, ...names);
const release = at('out', version);
const kit = at('out', `commissaire-${version}-kit.run`);

function printed(program: string, args: readonly string[], cwd = release): string {
  return execFileSync(program, args, { encoding: 'utf8', cwd, maxBuffer: 1e9 });
}

/** A release of one target, made once for all tests here, as a site makes its own. */
beforeAll(() => {
  const script = join(root, 'scripts/release');
  printed(script, ['--new-signing-key', at('key.pem')], root);
  const given = ['--version', version, '--out', at('out'), '--targets', target, '--signing-key', at('key.pem')];
  const output = printed(script, [...given, '--base-url', 'https://releases.example.com/', '--quick'], root);
  writeFileSync(at('output'), output);
}, 600_000);
afterAll(() => directory[Symbol.dispose]());

test('it has the files that the installer and the documents name, and nothing unfinished is left', () => {
  expect(readdirSync(release).sort()).toEqual(
    [
      ...['LICENCES.txt', 'SHA256SUMS', 'SHA256SUMS.ecdsa', 'SHA256SUMS.minisig', 'SHA256SUMS.sshsig', 'VERSION'],
      ...['zst', 'xz', 'gz'].map((form) => `commissaire-${target}.${form}`),
      `commissaire-${version}-source.tar.gz`,
      'commissaire-7.8.9~rc.1-1.x86_64.rpm',
      ...['commissaire.cdx.json', 'commissaire_7.8.9~rc.1_amd64.deb', 'docs.tar.gz', 'install.sh'],
    ].sort(),
  );
  const beside = ['.run', '.run.sha256', '.tar', '.tar.sha256'].map((end) => `commissaire-${version}-kit${end}`);
  expect(readdirSync(at('out')).sort()).toEqual([version, 'channels', ...beside].sort());
  expect(readFileSync(at('out/channels/stable'), 'utf8')).toBe(`${version}\n`);
  expect(readFileSync(join(release, 'VERSION'), 'utf8')).toBe(`${version}\n`);
});

test('it prints how far it is, and a table of sizes', () => {
  const output = readFileSync(at('output'), 'utf8');
  expect(output).toContain(`release: ${target}: compiling`);
  expect(output).toMatch(/^target +state +plain +zst +xz +gz$/m);
  expect(output).toMatch(new RegExp(`^${target} +runs +\\d+\\.\\d MB( +\\d+\\.\\d MB){3}$`, 'm'));
});

test('every file is in the checksums, sorted by name', () => {
  const names = readFileSync(join(release, 'SHA256SUMS'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.slice(66));
  expect(names).toEqual(
    readdirSync(release)
      .filter((name) => !name.startsWith('SHA256SUMS'))
      .sort(),
  );
  printed('sha256sum', ['--check', '--strict', 'SHA256SUMS']);
  printed(
    'sha256sum',
    ['--check', `commissaire-${version}-kit.tar.sha256`, `commissaire-${version}-kit.run.sha256`],
    at('out'),
  );
});

test('the public keys in the installer verify it', () => {
  const settings = /^release_\w+='.*'$/gm;
  const script = [
    ...(readFileSync(join(release, 'install.sh'), 'utf8').match(settings) ?? []),
    'test "$release_base_url" = https://releases.example.com',
    'minisign -V -P "$release_minisign_key" -m SHA256SUMS',
    'printf "%s %s\\n" release "$release_ssh_key" >"$DIR/signers"',
    'ssh-keygen -Y verify -f "$DIR/signers" -I release -n commissaire-release -s SHA256SUMS.sshsig <SHA256SUMS',
    'printf "%s" "$release_ecdsa_key" | base64 -d >"$DIR/key.der"',
    'openssl dgst -sha256 -verify "$DIR/key.der" -keyform DER -signature SHA256SUMS.ecdsa SHA256SUMS',
  ].join('\n');
  execFileSync('sh', ['-euxc', script], { cwd: release, env: { ...process.env, DIR: directory.path } });
});

test('the three compressed forms have the same program, which says its version', () => {
  const unpack = { zst: ['zstd', '-dcq'], xz: ['xz', '-dc'], gz: ['gzip', '-dc'] };
  const digests = Object.entries(unpack).map(([form, words]) =>
    printed('sh', ['-c', `${words.join(' ')} commissaire-${target}.${form} | tee "$0" | sha256sum`, at('program')]),
  );
  expect(new Set(digests).size).toBe(1);
  printed('chmod', ['0755', at('program')]);
  expect(printed(at('program'), ['--version'])).toBe(`commissaire ${version}\n`);
});

describe('the Debian package', () => {
  const name = 'commissaire_7.8.9~rc.1_amd64.deb';

  test('has the fields, the files and the modes that it needs', () => {
    const fields = printed('dpkg-deb', ['--field', name]);
    expect(fields).toContain('Version: 7.8.9~rc.1\nArchitecture: amd64\n');
    const listed = printed('dpkg-deb', ['--contents', name]);
    for (const line of [
      /^-rwxr-xr-x root\/root +\d{9} .* \.\/usr\/bin\/commissaire$/m,
      /^lrwxrwxrwx root\/root .* \.\/usr\/bin\/commctl -> commissaire$/m,
      /^lrwxrwxrwx root\/root .* \.\/usr\/bin\/commissaire-server -> commissaire$/m,
      /^drwxr-x--- root\/root .* \.\/etc\/commissaire\/$/m,
      /^-rw------- root\/root .* \.\/etc\/commissaire\/commissaire.env$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/lib\/systemd\/system\/commissaire.service$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/share\/man\/man1\/commctl-host-create.1.gz$/m,
      /^-rw-r--r-- root\/root .* \.\/usr\/share\/bash-completion\/completions\/commctl$/m,
    ]) {
      expect(listed).toMatch(line);
    }
    // Only these: every other path is the business of another package.
    const paths = [...listed.matchAll(/ \.(\/[^ ]*[^/ ])(?: ->.*)?$/gm)].map(([, path]) => path);
    const own =
      /^\/(etc|usr)(\/commissaire|\/bin|\/lib|\/share)?$|commissaire|commctl|^\/usr\/(lib\/(systemd|sysusers\.d|tmpfiles\.d)|share\/(man|doc|zsh|fish|bash-completion))/;
    expect(paths.filter((path) => !own.test(path ?? ''))).toEqual([]);
  });

  test('has scripts that shellcheck and dpkg accept, and checksums that fit', () => {
    printed('dpkg-deb', ['--raw-extract', name, at('raw')]);
    printed('shellcheck', ['postinst', 'prerm', 'postrm'], at('raw/DEBIAN'));
    printed('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], at('raw'));
  });
});

test('the RPM package has the fields, the files and the modes that it needs', () => {
  const name = 'commissaire-7.8.9~rc.1-1.x86_64.rpm';
  const tags = '%{NAME} %{VERSION} %{ARCH} %{LICENSE} %{BUILDHOST}';
  expect(printed('rpm', ['-qp', '--qf', tags, name])).toBe('commissaire 7.8.9~rc.1 x86_64 GPL-3.0-or-later localhost');
  printed('rpm', ['--checksig', '--nosignature', name]);
  const files = printed('rpm', ['-qp', '--qf', '[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}\n]', name]);
  expect(files).toContain('/usr/bin/commissaire -rwxr-xr-x root\n');
  expect(files).toContain('/etc/commissaire drwxr-x--- root\n');
  expect(files).toContain('/etc/commissaire/commissaire.env -rw------- root\n');
  expect(files).toContain('/usr/share/man/man8/commissaire.8.gz -rw-r--r-- root\n');
  expect(printed('rpm', ['-qp', '--configfiles', name])).toBe('/etc/commissaire/commissaire.env\n');
  // The scripts of the package, as sh reads them.
  execFileSync('sh', ['-n'], { input: printed('rpm', ['-qp', '--qf', '%{POSTIN}\n%{PREUN}\n%{POSTUN}\n', name]) });
});

test('the documents have the pages, the man pages and the completions', () => {
  const names = printed('tar', ['-tzf', 'docs.tar.gz']).split('\n');
  const top = `commissaire-${version}-docs`;
  for (const name of [
    'docs/api.md',
    'man/man1/commctl.1.gz',
    'man/man8/commissaire.8.gz',
    'completions/commctl.fish',
  ]) {
    expect(names).toContain(`${top}/${name}`);
  }
});

describe('the air-gap kit', () => {
  test('is a release itself, with its own checksums and signatures', () => {
    mkdirSync(at('tar'));
    printed('tar', ['-xf', at('out', `commissaire-${version}-kit.tar`), '-C', at('tar')]);
    const inner = at('tar', `commissaire-${version}`);
    printed('sha256sum', ['--check', '--strict', 'SHA256SUMS'], inner);
    expect(readdirSync(inner)).toEqual(expect.arrayContaining([`commissaire-${target}.gz`, 'SHA256SUMS.minisig']));
    expect(readdirSync(inner)).not.toContain(`commissaire-${target}.zst`);
  });

  test('installs the client without a network, with what every machine has', () => {
    mkdirSync(at('bin'));
    mkdirSync(at('few'));
    for (const name of ['sh', 'tar', 'gzip', 'openssl', 'sha256sum', 'tail', 'head', 'wc', 'mktemp', 'rm', 'mkdir']) {
      link(name);
    }
    for (const name of ['uname', 'id', 'sed', 'ln', 'mv', 'cp', 'chmod', 'readlink', 'cat', 'fold', 'sync']) {
      link(name);
    }
    // A processor without AVX2, for which the release was made.
    const grep = `#!/bin/sh\ncase " $* " in *' avx2 '*) exit 1 ;; esac\nexec ${Bun.which('grep')} "$@"\n`;
    writeFileSync(at('few/grep'), grep, { mode: 0o755 });
    const env = {
      PATH: at('few'),
      INSTALL_COMMISSAIRE_CLIENT_ONLY: '1',
      INSTALL_COMMISSAIRE_BIN_DIR: at('bin'),
      INSTALL_COMMISSAIRE_WORK_DIR: directory.path,
    };
    const words = mayMount ? ['/usr/bin/unshare', '--net', '--', '/bin/sh', kit] : ['/bin/sh', kit];
    const [program = '', ...args] = words;
    const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: expect.stringContaining('is installed') });
    expect(printed(join(at('bin'), 'commctl'), ['--version'])).toBe(`commctl ${version}\n`);
    expect(readdirSync(directory.path).filter((name) => name.startsWith('commissaire-kit.'))).toEqual([]);
  });

  test('shows what is inside, and extracts it only into a new directory', () => {
    expect(printed('sh', [kit, '--list'])).toContain(`commissaire-${version}/install.sh\n`);
    expect(printed('sh', [kit, '--help'])).toContain('--extract DIR');
    expect(printed('sh', [kit, '--extract', at('new')])).toBe(`${at('new')}/commissaire-${version}\n`);
    expect(statSync(at('new', `commissaire-${version}`, 'install.sh')).size).toBeGreaterThan(1000);
    expect(spawnSync('sh', [kit, '--extract', at('new')], { encoding: 'utf8' })).toMatchObject({
      status: 1,
      stderr: `commissaire-kit: ${at('new')} exists already\n`,
    });
  });

  test.each([600, 3000, 1_000_000])('cut off after %i bytes it does nothing', (length) => {
    const cut = at(`cut-${length}.run`);
    writeFileSync(cut, readFileSync(kit).subarray(0, length));
    const { status, stdout } = spawnSync('sh', [cut, '--extract', at(`from-${length}`)], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(existsSync(at(`from-${length}`))).toBe(false);
    // Before its last line the script has not begun.
    if (length > 3000) expect(status).toBe(1);
  });
});

function link(name: string): void {
  const path = Bun.which(name);
  if (path === null) throw new Error(`this machine has no ${name}`);
  printed('ln', ['-s', path, at('few', name)]);
}
