import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildAuthentication } from '../../src/auth/build.ts';
import { Attempts } from '../../src/auth/throttle/attempts.ts';
import type { Environment } from '../../src/config/environment.ts';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { initialise } from '../../src/server/init.ts';
import { lockDataDirectory } from '../../src/store/lock.ts';
import { createLogger } from '../../src/telemetry/log/log.ts';
import { basic, randomBytes, requestWith } from '../auth/support.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const mode = (path: string) => statSync(path).mode & 0o777;

test('the server starts from what init wrote, and its password logs in', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'new', 'data');
  const made = await initialise({ dataDir, environment: {} });
  expect(made).toEqual({
    dataDir,
    configurationFile: join(dataDir, 'commissaire.conf'),
    username: 'admin',
    password: expect.stringMatching(/^[A-Za-z0-9_-]{24}$/),
    authorityFile: join(dataDir, 'ca.pem'),
    fingerprint: new X509Certificate(readFileSync(join(dataDir, 'server.pem'))).fingerprint256,
    serveCommand: `commissaire serve --data-dir ${dataDir}`,
  });
  const configuration = loadServerConfiguration({ flags: { 'data-dir': dataDir }, environment: {} });
  expect(configuration).toMatchObject({ dataDir, configurationFile: made.configurationFile, notes: [] });
  const logger = createLogger({ level: 'silent' });
  const chain = await buildAuthentication(configuration, {
    clock: systemClock,
    logger,
    randomBytes,
    attempts: new Attempts(systemClock),
  });
  const request = requestWith(basic(made.username, made.password));
  expect(await chain.authenticate(request)).toMatchObject({ name: 'admin', subjects: ['user:admin'] });
});

test('what init writes is for its owner only, and holds no password in clear', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const { password, configurationFile } = await initialise({ dataDir, environment: {} });
  expect([dataDir, configurationFile, join(dataDir, 'users.json')].map(mode)).toEqual([0o700, 0o600, 0o600]);
  expect(JSON.parse(readFileSync(configurationFile, 'utf8'))).toEqual({
    'listen-interface': '127.0.0.1',
    'listen-port': 8000,
    'tls-pemfile': join(dataDir, 'server.pem'),
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: join(dataDir, 'users.json') }],
    'role-bindings': [{ role: 'admin', subjects: ['user:admin'] }],
    'default-role': 'none',
    'data-dir': dataDir,
  });
  for (const name of readdirSync(dataDir)) expect(readFileSync(join(dataDir, name), 'utf8')).not.toContain(password);
  expect(readFileSync(join(dataDir, 'users.json'), 'utf8')).toContain('$argon2id$');
});

test('two runs never give the same password', async () => {
  using directory = temporaryDirectory();
  const one = await initialise({ dataDir: join(directory.path, 'one'), environment: {} });
  const two = await initialise({ dataDir: join(directory.path, 'two'), environment: {} });
  expect(one.password).not.toBe(two.password);
});

test('a second run changes nothing and says how to start the server', async () => {
  using directory = temporaryDirectory();
  const options = { dataDir: directory.path, environment: {} };
  const { configurationFile, serveCommand } = await initialise(options);
  const before = readFileSync(join(directory.path, 'users.json'), 'utf8');
  await expect(initialise(options)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining(`${configurationFile} is there already`),
    hint: expect.stringContaining(serveCommand),
  });
  expect(readFileSync(join(directory.path, 'users.json'), 'utf8')).toBe(before);
});

test.each(['users.json', 'ca.key', 'ca.pem', 'server.pem'])(
  'a file %s that somebody made is not written over',
  async (name) => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, name), '{}');
    await expect(initialise({ dataDir: directory.path, environment: {} })).rejects.toThrow(`${name} is there already`);
    expect(readdirSync(directory.path)).toEqual([name]);
    expect(readFileSync(join(directory.path, name), 'utf8')).toBe('{}');
  },
);

test('a run that was interrupted is completed by the next', async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'commissaire.conf.incomplete'), '{"listen-');
  writeFileSync(join(directory.path, 'users.json'), '{"admin": {"hash": "of a password nobody saw"}}', { mode: 0o644 });
  await initialise({ dataDir: directory.path, environment: {} });
  expect(existsSync(join(directory.path, 'commissaire.conf.incomplete'))).toBe(false);
  expect(readFileSync(join(directory.path, 'users.json'), 'utf8')).not.toContain('nobody saw');
  expect(mode(join(directory.path, 'users.json'))).toBe(0o600);
});

test('an empty directory that is there is closed to others', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  mkdirSync(dataDir, { mode: 0o755 });
  await initialise({ dataDir, environment: {} });
  expect(mode(dataDir)).toBe(0o700);
});

test('a data directory that a server uses is left alone', async () => {
  using directory = temporaryDirectory();
  using _server = lockDataDirectory(directory.path);
  await expect(initialise({ dataDir: directory.path, environment: {} })).rejects.toMatchObject({
    code: 'data_directory_in_use',
  });
  expect(existsSync(join(directory.path, 'users.json'))).toBe(false);
});

test.each<[string, (path: string) => { dataDir?: string; environment: Environment; root: boolean }, string, string]>([
  [
    'somebody else than root',
    (path) => ({ environment: { XDG_DATA_HOME: path }, root: false }),
    'commissaire/commissaire.conf',
    'commissaire serve --data-dir DIR/commissaire',
  ],
  [
    'a data directory in the environment',
    (path) => ({ environment: { COMMISSAIRE_DATA_DIR: join(path, 'given') }, root: true }),
    'given/commissaire.conf',
    'commissaire serve --data-dir DIR/given',
  ],
  [
    'a directory with a space',
    (path) => ({ dataDir: join(path, "it's here"), environment: {}, root: false }),
    "it's here/commissaire.conf",
    `commissaire serve --data-dir 'DIR/it'\\''s here'`,
  ],
])('init tells how to start the server: %s', async (_, options, file, command) => {
  using directory = temporaryDirectory();
  const made = await initialise(options(directory.path));
  expect(made.configurationFile).toBe(join(directory.path, file));
  expect(made.serveCommand).toBe(command.replace('DIR', directory.path));
});

test('for root without a data directory the configuration goes where serve finds it by itself', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'lib');
  const configurationFile = join(directory.path, 'etc', 'commissaire.conf');
  const system = { dataDir, configurationFile };
  const made = await initialise({ environment: {}, root: true, system });
  expect(made).toMatchObject({ dataDir, configurationFile, serveCommand: 'commissaire serve' });
  expect(mode(configurationFile)).toBe(0o600);
  const found = loadServerConfiguration({ flags: {}, environment: {}, systemFile: configurationFile });
  expect(found).toMatchObject({ dataDir, configurationFile });
});

test('of two runs at the same time one wins, and its password is the one that counts', async () => {
  using directory = temporaryDirectory();
  const options = { dataDir: join(directory.path, 'data'), environment: {} };
  const runs = await Promise.allSettled([initialise(options), initialise(options)]);
  expect(runs.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const winner = runs.find((run) => run.status === 'fulfilled');
  const users = JSON.parse(readFileSync(join(options.dataDir, 'users.json'), 'utf8'));
  expect(await Bun.password.verify(winner?.value.password ?? '', users.admin.hash)).toBe(true);
});

test('a directory that cannot be made, or has no name, is refused with a fix', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  await expect(initialise({ dataDir: join(file, 'x'), environment: {} })).rejects.toMatchObject({
    code: 'invalid_configuration',
    hint: expect.stringContaining('--data-dir'),
  });
  await expect(initialise({ dataDir: '', environment: {} })).rejects.toThrow('--data-dir is empty');
});
