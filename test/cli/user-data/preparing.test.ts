import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Instance } from './support.ts';

const endpoint = 'https://jump.example.com';

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function sortedNames(path: string): string[] {
  return readdirSync(path).toSorted();
}

test('the handler makes a key that may log in, and leaves the registration to the end of the boot', async () => {
  using instance = new Instance();
  const part = { ...instance.paths, endpoint, username: 'ops', password: 'secret' };
  expect(await instance.handle(part)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  const { ssh_key_path, authorized_keys_path } = instance.paths;
  const [type, data] = readFileSync(`${ssh_key_path}.pub`, 'utf8').split(' ');
  expect(readFileSync(authorized_keys_path, 'utf8')).toBe(`${type} ${data} commissaire\n`);
  expect(spawnSync('ssh-keygen', ['-y', '-P', '', '-f', ssh_key_path]).stdout.toString()).toContain(data);
  expect([instance.at('home/.ssh'), ssh_key_path, authorized_keys_path].map(modeOf)).toEqual(['700', '600', '600']);
  expect(sortedNames(instance.at('home/.ssh'))).toEqual(['authorized_keys', 'id_rsa', 'id_rsa.pub']);

  const script = instance.at('scripts/commissaire-register');
  expect([script, instance.at('commissaire-host.json')].map(modeOf)).toEqual(['700', '600']);
  expect(readFileSync(script, 'utf8')).toMatch(/^#!\/bin\/sh\nexec \S+ \S+\/part-handler-001.py \S+-host.json\n$/);
  expect(JSON.parse(readFileSync(instance.at('commissaire-host.json'), 'utf8'))).toEqual(part);
});

test('a second time it changes nothing', async () => {
  using instance = new Instance();
  const part = { ...instance.paths, endpoint };
  await instance.handle(part);
  const state = () =>
    [instance.paths.ssh_key_path, instance.paths.authorized_keys_path].map((path) => readFileSync(path, 'utf8'));
  const before = state();
  expect((await instance.handle(part)).exitCode).toBe(0);
  expect(state()).toEqual(before);
});

test('those who may log in already still may, and a key that is there is used', async () => {
  using instance = new Instance();
  mkdirSync(instance.at('home/.ssh'), { recursive: true });
  const { ssh_key_path, authorized_keys_path } = instance.paths;
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', ssh_key_path]);
  const key = readFileSync(ssh_key_path, 'utf8');
  writeFileSync(authorized_keys_path, '# ours\nssh-ed25519 AAAA somebody');
  expect((await instance.handle({ ...instance.paths, endpoint })).exitCode).toBe(0);
  expect(readFileSync(ssh_key_path, 'utf8')).toBe(key);
  expect(readFileSync(authorized_keys_path, 'utf8')).toMatch(
    /^# ours\nssh-ed25519 AAAA somebody\nssh-ed25519 AAAAC\S+ commissaire\n$/,
  );
});

test('it is called before and after all parts, and does nothing then', async () => {
  using instance = new Instance();
  for (const type of ['__begin__', '__end__']) {
    expect(await instance.handle('', type)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  }
  expect(existsSync(instance.at('scripts'))).toBe(false);
});

test('a key that a passphrase protects is a fault, and nothing is left to be run', async () => {
  using instance = new Instance();
  mkdirSync(instance.at('home/.ssh'), { recursive: true });
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'phrase', '-f', instance.paths.ssh_key_path]);
  const { exitCode, stderr } = await instance.handle({ ...instance.paths, endpoint });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('commissaire: ssh-keygen failed with exit code')]);
  expect(existsSync(instance.at('scripts'))).toBe(false);
});

const faults: [part: unknown, message: string][] = [
  ['{"password": "hunter2"', 'the part text/x-commissaire-host is not a JSON object'],
  ['["hunter2"]', 'the part text/x-commissaire-host is not a JSON object'],
  [{ password: 'hunter2' }, 'there is no "endpoint"'],
  [{ endpoint: 'https://ops:hunter2@h' }, '"endpoint" is not a URL such as'],
  [{ endpoint: 'hunter2' }, '"endpoint" is not a URL such as'],
  [{ endpoint: 'https://h:port' }, '"endpoint" is not a URL such as'],
  [{ endpoint, password: ['hunter2'] }, '"password" is not a string'],
  [{ endpoint, fingerprint: 'hunter2' }, '"fingerprint" is not the SHA-256'],
  [{ endpoint: 'http://h', fingerprint: 'a'.repeat(64) }, '"fingerprint" is of a certificate, but'],
  [{ endpoint, remote_user: 'ops ALL=(ALL) ALL\n' }, '"remote_user" is not the name of a user'],
  [{ endpoint, remote_user: '../ops' }, '"remote_user" is not the name of a user'],
  [{ endpoint, deadline: 'soon' }, '"deadline" is not a number of seconds'],
  [{ endpoint, ssh_key_path: 'id_rsa' }, 'the path id_rsa is not absolute'],
];

test.each(faults)('%j is a fault that is told, and that cloud-init sees', async (part, message) => {
  using instance = new Instance();
  const { exitCode, stderr } = await instance.handle(part);
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`commissaire: ${message}`);
  expect(stderr).toContain('Fault: ');
  expect(stderr).not.toContain('hunter2');
  expect(existsSync(instance.at('scripts'))).toBe(false);
});
