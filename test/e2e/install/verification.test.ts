import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localTarget, ReleaseKeys, seal } from '../../support/release.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { ClientMachine } from './client-machine.ts';

const whole = ['.commissaire.release', 'commctl', 'commissaire'];
const artifact = `commissaire-${localTarget()}.gz`;

test.each([
  { tools: ['curl', 'openssl', 'zstd'], by: 'openssl', form: 'zst' },
  { tools: ['wget', 'minisign', 'xz'], by: 'minisign', form: 'xz' },
  { tools: ['curl', 'ssh-keygen', 'gzip'], by: 'ssh-keygen', form: 'gz' },
  { tools: ['curl', 'wget', 'openssl', 'minisign', 'ssh-keygen', 'zstd', 'xz', 'gzip'], by: 'openssl', form: 'zst' },
])('a machine with $tools verifies with $by and unpacks .$form', async ({ tools, by, form }) => {
  await using machine = new ClientMachine();
  machine.release('1.2.3', ['zst', 'xz', 'gz']);
  const { code, output } = await machine.install({}, { tools });
  expect(code, output).toBe(0);
  expect(output).toContain(`verified the signature with ${by}`);
  expect(machine.requests).toContain(`/1.2.3/commissaire-${localTarget()}.${form}`);
  expect(machine.installed()).toEqual(whole);
});

test('a second run fetches no program again, and changes nothing', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  await machine.install();
  machine.requests.length = 0;
  const { code, output } = await machine.install();
  expect(code, output).toBe(0);
  expect(output).toContain('is up to date');
  expect(machine.requests).not.toContain(`/1.2.3/${artifact}`);
  expect(machine.installed()).toEqual(whole);
});

test('a new version replaces the file, and the previous one is kept', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  await machine.install();
  machine.release('1.10.0');
  expect(await machine.install({}, { words: ['--check'] })).toEqual({
    code: 10,
    output: 'installed: 1.2.3\navailable: 1.10.0\n',
  });
  expect((await machine.install()).code).toBe(0);
  expect(readFileSync(join(machine.binDir, 'commissaire'), 'utf8')).toContain('1.10.0');
  expect(readFileSync(join(machine.binDir, 'commissaire.previous'), 'utf8')).toContain('1.2.3');
  expect((await machine.install({}, { words: ['--check'] })).code).toBe(0);
});

test('a channel that goes back to an older version changes nothing; a version that is named does', async () => {
  await using machine = new ClientMachine();
  machine.release('1.9.0');
  machine.release('1.10.0');
  await machine.install();
  writeFileSync(machine.path('releases/channels/stable'), '1.9.0\n');
  const { code, output } = await machine.install();
  expect(code).toBe(2);
  expect(output).toContain('older than the installed one, 1.10.0');
  expect(readFileSync(join(machine.binDir, 'commissaire'), 'utf8')).toContain('1.10.0');
  expect((await machine.install({ INSTALL_COMMISSAIRE_VERSION: '1.9.0' })).code).toBe(0);
  expect(readFileSync(join(machine.binDir, 'commissaire'), 'utf8')).toContain('1.9.0');
});

test('a local directory needs no network, and neither curl nor wget', async () => {
  await using machine = new ClientMachine();
  const release = machine.release('1.2.3');
  const { code, output } = await machine.install(
    { INSTALL_COMMISSAIRE_ARTIFACT_PATH: release },
    { tools: ['openssl', 'gzip'] },
  );
  expect(code, output).toBe(0);
  expect(machine.requests).toEqual([]);
  expect(machine.installed()).toEqual(whole);
});

const verifiers = ['openssl', 'minisign', 'ssh-keygen'];
type Spoil = (machine: ClientMachine, release: string) => void;

/** Each leaves nothing behind, and says what is wrong. */
const refused: [string, RegExp, Spoil, string[]?][] = [
  ...verifiers.map((tool): [string, RegExp, Spoil, string[]] => [
    `a release signed by somebody else, with ${tool}`,
    new RegExp(`the signature SHA256SUMS\\.\\w+ of the release is wrong, says ${tool}`),
    (machine) => {
      using other = temporaryDirectory();
      machine.release('1.2.3', ['gz'], new ReleaseKeys(other.path));
    },
    [tool],
  ]),
  ...verifiers.map((tool): [string, RegExp, Spoil, string[]] => [
    `checksums that were changed after they were signed, with ${tool}`,
    /the signature SHA256SUMS\.\w+ of the release is wrong/,
    (_, release) => appendFileSync(join(release, 'SHA256SUMS'), `${'0'.repeat(64)}  other\n`),
    [tool],
  ]),
  [
    'a program that was changed',
    new RegExp(`the checksum of ${artifact.replaceAll('.', '\\.')} is wrong`),
    (_, release) => appendFileSync(join(release, artifact), 'x'),
  ],
  [
    'a download that breaks off',
    new RegExp(`cannot get ${artifact}|the checksum of ${artifact} is wrong`),
    (machine, release) => {
      const half = readFileSync(join(release, artifact)).subarray(0, 40);
      machine.answer = (path) => (path.endsWith(artifact) ? new Response(half) : undefined);
    },
  ],
  [
    'no signature at all',
    /no signature of the release could be verified/,
    (_, release) => {
      for (const form of ['ecdsa', 'minisig', 'sshsig']) rmSync(join(release, `SHA256SUMS.${form}`));
    },
  ],
  [
    'an older release in place of the one that was asked for',
    /the release that was asked for is 1\.2\.3, and the signed one is 1\.0\.0/,
    (machine, release) => {
      const older = machine.release('1.0.0');
      for (const name of ['VERSION', 'SHA256SUMS', 'SHA256SUMS.ecdsa', artifact])
        copyFileSync(join(older, name), join(release, name));
      writeFileSync(machine.path('releases/channels/stable'), '1.2.3\n');
    },
  ],
  [
    'a release without a build for this machine',
    /has no build for this machine/,
    ({ keys }, release) => seal(release, ['VERSION'], keys),
  ],
  [
    'a program of another version than the release',
    /the program says that its version is 1\.0\.0/,
    (machine, release) => {
      copyFileSync(join(machine.release('1.0.0'), artifact), join(release, artifact));
      seal(release, ['VERSION', artifact], machine.keys);
      writeFileSync(machine.path('releases/channels/stable'), '1.2.3\n');
    },
  ],
  [
    'a server that is gone',
    /cannot read which version the channel 'stable' has/,
    (machine) => {
      machine.answer = () => new Response('gone', { status: 500 });
    },
  ],
  [
    'a channel that names a path',
    /'..\/evil' is no version/,
    (machine) => {
      writeFileSync(machine.path('releases/channels/stable'), '../evil\n');
    },
  ],
];

test.each(refused)('%s is refused, and nothing is changed', async (_, message, spoil, tool = ['openssl']) => {
  await using machine = new ClientMachine();
  spoil(machine, machine.release('1.2.3'));
  const { code, output } = await machine.install({}, { tools: ['curl', 'gzip', ...tool] });
  expect(output).toMatch(message);
  expect(code).toBe(1);
  expect(machine.installed() ?? []).toEqual([]);
});

test('a machine that can verify nothing gets nothing', async () => {
  await using machine = new ClientMachine();
  machine.release('1.2.3');
  const { code, output } = await machine.install({}, { tools: ['curl', 'gzip'] });
  expect(output).toContain('install openssl, minisign, or ssh-keygen');
  expect(code).toBe(1);
  expect(machine.installed() ?? []).toEqual([]);
});

test('a file with the keys of a site takes the place of those in the script', async () => {
  await using machine = new ClientMachine();
  mkdirSync(machine.path('own'));
  const own = new ReleaseKeys(machine.path('own'));
  writeFileSync(machine.path('own/public'), own.settings());
  machine.release('1.2.3', ['gz'], own);
  expect((await machine.install()).code).toBe(1);
  const variables = { INSTALL_COMMISSAIRE_PUBLIC_KEY_FILE: machine.path('own/public') };
  const { code, output } = await machine.install(variables);
  expect(code, output).toBe(0);
});
