import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseReleaseArguments } from '../../scripts/lib/release/arguments.ts';
import { checkedVersion, packageVersion } from '../../scripts/lib/release/version.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const script = join(import.meta.dirname, '../../scripts/release');

test.each([
  [['--targets', 'linux-x64,windows-x64'], 'unknown target windows-x64; known are linux-x64,'],
  [['--version', '1.2'], 'not of the form 1.2.3'],
  [['--version', '1.2.3/../..'], 'not of the form 1.2.3'],
  [['--version', '1.2.3-'], 'not of the form 1.2.3'],
  [['--channel', '../stable'], 'must be a word like stable'],
  [['--signing-keys', 'x'], "'--signing-keys'"],
  [['linux-x64'], 'linux-x64'],
])('%j is refused', (args, message) => {
  expect(() => parseReleaseArguments(args)).toThrow(message);
});

test('without arguments it is a release of the version of package.json, for all targets', () => {
  const asked = parseReleaseArguments([]);
  expect(asked).toMatchObject({ kind: 'release', options: { effort: 'best', packages: true, channel: 'stable' } });
  expect(asked.kind === 'release' && asked.options.targets.map(({ name }) => name)).toEqual([
    'linux-x64',
    'linux-x64-baseline',
    'linux-arm64',
    'linux-x64-musl',
    'linux-arm64-musl',
    'darwin-arm64',
    'darwin-x64',
  ]);
});

test('a release candidate comes before its release for dpkg', () => {
  expect(packageVersion(checkedVersion('1.2.3-rc.1'))).toBe('1.2.3~rc.1');
  execFileSync('dpkg', ['--compare-versions', packageVersion('1.2.3-rc.1'), 'lt', packageVersion('1.2.3')]);
});

test('a release that exists is not replaced, and a wrong key is found before anything is built', () => {
  using directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  mkdirSync(at('1.2.3'));
  writeFileSync(at('key.pem'), 'no key');
  const started = (...args: string[]) =>
    spawnSync(script, ['--out', directory.path, ...args], { encoding: 'utf8', env: { ...process.env } });
  const again = started('--version', '1.2.3');
  expect(again).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('1.2.3 exists; remove it, or give another'),
  });
  const unsigned = started('--version', '1.2.4', '--signing-key', at('key.pem'));
  expect(unsigned).toMatchObject({ status: 1, stderr: expect.stringContaining('--new-signing-key FILE') });
  expect(readdirSync(directory.path).sort()).toEqual(['1.2.3', 'key.pem']);
});

test('--new-signing-key prints the public keys as install.sh takes them', () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'key.pem');
  const printed = execFileSync(script, ['--new-signing-key', file], { encoding: 'utf8' });
  expect(printed).toMatch(
    /^release_ecdsa_key='MFkw\S+'\nrelease_minisign_key='RW\S+'\nrelease_ssh_key='ssh-ed25519 \S+'\n$/,
  );
  expect(existsSync(file)).toBe(true);
});
