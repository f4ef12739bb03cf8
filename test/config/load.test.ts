import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Environment } from '../../src/config/environment.ts';
import type { ServerFlags } from '../../src/config/flags.ts';
import type { ConfigurationRequest } from '../../src/config/gather.ts';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { Settings } from '../../src/config/settings.ts';
import { AppError } from '../../src/lib/errors.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const nowhere = '/nonexistent/commissaire.conf';

function load(request: Partial<ConfigurationRequest>) {
  return loadServerConfiguration({ flags: {}, environment: {}, systemFile: nowhere, root: true, ...request });
}

/** Loads with this text as the configuration file, called `standard input` in messages. */
function loadText(text: string, flags: ServerFlags = {}, environment: Environment = {}) {
  return load({ flags: { 'config-file': '-', ...flags }, environment, readStandardInput: () => text });
}

function failure(work: () => unknown): { message: string; hint: string } {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_configuration') {
      return { message: error.message, hint: error.hint ?? '' };
    }
    throw error;
  }
  throw new Error('the configuration was accepted');
}

test('without anything the server listens on loopback, and lets nobody in', () => {
  expect(load({})).toEqual({
    listenInterface: '127.0.0.1',
    listenPort: 8000,
    unixSocket: { path: '/var/lib/commissaire/commissaire.sock', isGiven: false },
    tlsPemfile: undefined,
    tlsClientverifyfile: undefined,
    certificateRenewal: 'auto',
    maxConnections: 1024,
    maxConnectionsPerAddress: 256,
    authenticationPlugins: [],
    roles: [],
    roleBindings: [],
    defaultRole: undefined,
    selfAuths: [],
    rateLimit: 0,
    trustedProxies: [],
    dataDir: '/var/lib/commissaire',
    newStore: false,
    upgradeWithoutSnapshot: false,
    masterPassphraseFile: undefined,
    copySources: [],
    gateDestinations: [],
    proxy: undefined,
    noProxy: [],
    logLimit: 10 * 1024 ** 3,
    diskFloor: undefined,
    rebootTimeout: 600,
    stopTimeout: 60,
    operationRetention: 400,
    operationLimit: 100_000,
    auditLimit: 1_000_000,
    auditRetention: 3_650,
    eventLimit: 100_000,
    eventRetention: 400,
    backup: {
      directory: '/var/lib/commissaire/backups',
      schedule: undefined,
      keep: { last: 3, daily: 7, weekly: 4, monthly: 0 },
      passphraseFile: undefined,
      targets: [],
    },
    hooks: [],
    insecure: false,
    logLevel: 'info',
    moduleLevels: {},
    logFormat: 'auto',
    metricsListen: undefined,
    tracing: undefined,
    configurationFile: undefined,
    notes: [],
    settings: expect.any(Settings),
  });
});

test('a flag wins over the environment, that over the file, and that over the default', () => {
  const file = '{"listen-port": 1}';
  expect(loadText(file, { 'listen-port': '3' }, { COMMISSAIRE_LISTEN_PORT: '2' }).listenPort).toBe(3);
  expect(loadText(file, {}, { COMMISSAIRE_LISTEN_PORT: '2' }).listenPort).toBe(2);
  expect(loadText(file).listenPort).toBe(1);
  expect(loadText('{}').listenPort).toBe(8000);
});

test.each<[string, Parameters<typeof load>[0]]>([
  [
    'a file',
    { flags: { 'config-file': '-' }, readStandardInput: () => '{"no_proxy": ["a.example.com", ".b.example.com"]}' },
  ],
  [
    'one text of a file',
    { flags: { 'config-file': '-' }, readStandardInput: () => 'no-proxy: a.example.com,.b.example.com' },
  ],
  ['flags', { flags: { 'no-proxy': ['a.example.com', '.b.example.com'] } }],
  ['one flag', { flags: { noProxy: ['a.example.com,.b.example.com'] } }],
  ['the environment', { environment: { COMMISSAIRE_NO_PROXY: 'a.example.com, .b.example.com' } }],
])('hosts without a proxy are listed in %s', (_, request) => {
  expect(load(request).noProxy).toEqual(['a.example.com', '.b.example.com']);
});

test('a proxy that only the environment of other programs names is not used, and that is said', () => {
  const environment = { HTTPS_PROXY: 'http://u:secret@p.example.com', http_proxy: 'http://p', no_proxy: '*' };
  const { proxy, notes } = load({ environment });
  expect(proxy).toBeUndefined();
  expect(notes).toEqual([
    'not used: HTTPS_PROXY, http_proxy of the environment. The option proxy, or COMMISSAIRE_PROXY, names a proxy for webhooks, identity services and container managers',
  ]);
  const own = load({ environment: { ...environment, COMMISSAIRE_PROXY: 'http://own.example.com:3128' } });
  expect(own.proxy).toBe('http://own.example.com:3128');
  expect(own.notes).toEqual([]);
});

test('flags are understood in both spellings of a parser', () => {
  expect(load({ flags: { listenPort: '81' } }).listenPort).toBe(81);
  expect(load({ flags: { 'listen-port': '82' } }).listenPort).toBe(82);
});

test.each([
  ['JSON', '{"listen-port": 8080, "data-dir": "/srv/x"}'],
  ['JSON indented by tabs', '{\n\t"listen-port": 8080,\n\t"data-dir": "/srv/x"\n}\n'],
  ['underscores', '{"listen_port": 8080, "data_dir": "/srv/x"}'],
  ['a port in a string', '{"listen-port": "8080", "data-dir": "/srv/x"}'],
  ['YAML', 'listen-port: 8080  # the old one\ndata-dir: /srv/x\n'],
  ['null for not given', '{"listen-port": 8080, "data-dir": "/srv/x", "tls-pemfile": null}'],
])('a file in the form "%s" is read', (_, text) => {
  expect(loadText(text)).toMatchObject({ listenPort: 8080, dataDir: '/srv/x', configurationFile: 'standard input' });
});

test.each([
  ['{"listen-prot": 1}', 'standard input:1:2: "listen-prot" is not an option', 'did you mean "listen-port"?'],
  ['{\n  "authentication-plugin": {}}', 'standard input:2:3: "auth', 'did you mean "authentication-plugins"?'],
  ['{"port": 1}', '"port" is not an option', 'did you mean "listen-port"?'],
  ['{"config-file": "/x"}', '"config-file" is not an option', ''],
  ['{"zzzzzz": 1}', '"zzzzzz" is not an option', 'listen-interface, listen-port'],
  ['{\n "listen-port": "http"}', 'standard input:2:17: "http" is not a number', 'from 0 to 65535'],
  ['{"listen-port": 65536}', ':1:17: 65536 is not a number', ''],
  ['{"listen-port": 80.5}', '80.5 is not a number', ''],
  ['{"listen-port": true}', 'true is not a number', ''],
  ['{"listen-interface": 8000}', 'cannot listen on 8000', 'the port goes into listen-port'],
  ['{"data-dir": ["/x"]}', 'a list is not what belongs here', 'a string'],
  ['{"debug": "perhaps"}', '"perhaps" is neither true nor false', ''],
  ['{"log-limit": "10XB"}', '"10XB" is no size', '10GiB'],
  ['{"operation-retention": 0}', '0 is no duration that fits', 'from 1d to 36500d'],
  ['{"operation-retention": "20h"}', '"20h" is no duration that fits', 'from 1d to 36500d'],
  ['{"audit-retention": "5 minuets"}', '"5 minuets" is no duration', 'such as 90s, 5m, 2h or 30d'],
  ['{"reboot-timeout": 86401}', '86401 is no duration that fits', 'from 1s to 1d'],
  ['{"operation-limit": 99}', '99 is not a number that fits', 'from 100 to 100000000'],
  ['{"log-limit": 1000}', '1000 is not a size', 'from 1048576 bytes'],
  ['{"log-level": "loud"}', '"loud" is not one of', 'trace, debug, info'],
  ['{"self-auths": "/x"}', '"/x" is not a list', ''],
  ['{"self-auths": ["x"]}', '"x" in self-auths is not a path', ''],
  ['{"trusted-proxies": ["proxy"]}', '"proxy" is neither an address nor a network', '192.0.2.0/24'],
  ['{"gate-destinations": ["a", "10.0.0.0/33"]}', '"10.0.0.0/33" is no destination', 'lb.example.com:443'],
  ['{"proxy": "proxy.example.com:3128"}', 'the proxy cannot be used: it is not a URL', 'http://proxy.example.com:3128'],
  ['{"proxy": "https://u:secret@p"}', 'the proxy cannot be used: its scheme is https, and only http', ''],
  ['{"no-proxy": ["example.com", "10.0.0.0/33"]}', '"10.0.0.0/33" names no host', 'names, .example.com'],
  ['{"trusted-proxies": "192.0.2.1"}', '"192.0.2.1" is not a list', ''],
  ['{"listen-port": 1, "listen_port": 2}', ':1:20: "listen_port" was given before, at standard input:1:2', 'keep one'],
  ['{"listen-port": 1, "listen-port": 2}', 'standard input:1:20: ', ''],
  ['{"listen-port": 1', 'standard input:1:18: ', 'JSON or YAML'],
  ['["listen-port"]', 'standard input:1:1: the file must hold an object', ''],
  ['listen-port: *port', 'standard input:1:14: ', ''],
  ['listen-interface: 0.0.0.0', 'plain HTTP on 0.0.0.0', 'tls-pemfile'],
  ['authentication-plugins: {name: httpbasicauth}', 'is an object, not a list', 'write ['],
  ['authentication-plugins:\n  - users: {}', ':2:5: an authentication plugin has no name', ''],
  ['authentication-plugins: [httpbasicauth]', ':1:26: a text is not a plugin', ''],
])('the file %s is refused with place and fix', (text, message, hint) => {
  const failed = failure(() => loadText(text));
  expect(failed.message).toContain(message);
  expect(failed.hint).toContain(hint);
  expect(failed.message).toContain('standard input:');
});

test.each<[ServerFlags, string]>([
  [{ 'listen-port': 'x' }, '--listen-port: "x" is not a number'],
  [{ 'data-dir': '' }, '--data-dir: "" is not what belongs here'],
  [{ 'listen-interface': '8000' }, '--listen-interface: cannot listen on "8000"'],
  [{ 'listen-interface': '::' }, '--listen-interface: plain HTTP on ::'],
  [
    { 'authentication-plugin': ['httpbasicauth:/etc/users.json'] },
    '--authentication-plugin: pair 1 of the options of httpbasicauth has no "="',
  ],
  [{ 'authentication-plugin': [':a=b'] }, '--authentication-plugin: an authentication plugin has no name'],
  [{ 'authentication-plugin': ['x:a=1,a=2'] }, '--authentication-plugin: "a" was given before'],
  [{ 'config-file': '/x', 'no-config-file': true }, '--no-config-file: a configuration file is named as well'],
])('the flags %j are refused', (flags, message) => {
  expect(failure(() => load({ flags })).message).toContain(message);
});

test('a fault in the file is told even when a flag wins over it', () => {
  expect(failure(() => loadText('{"listen-port": "x"}', { 'listen-port': '1' })).message).toContain('input:1:17');
});

test('a variable with a fault is named; an empty one counts as not set', () => {
  expect(failure(() => load({ environment: { COMMISSAIRE_DEBUG: 'so so' } })).message).toContain('$COMMISSAIRE_DEBUG:');
  expect(load({ environment: { COMMISSAIRE_LISTEN_PORT: '' } }).listenPort).toBe(8000);
});

test('a misspelt variable is told, not refused', () => {
  const { notes } = load({ environment: { COMMISSAIRE_LISTEN_PROT: '1', COMMISSAIRE_SOMETHING_ELSE_ENTIRELY: '1' } });
  expect(notes).toEqual([
    'the environment variable COMMISSAIRE_LISTEN_PROT is not known; did you mean COMMISSAIRE_LISTEN_PORT?',
  ]);
});

test('lists come from variables separated by white space, or written as in the file', () => {
  const plain = load({
    environment: {
      COMMISSAIRE_SELF_AUTHS: '/a /b',
      COMMISSAIRE_AUTHENTICATION_PLUGINS: 'one:a=1 two',
    },
  });
  expect(plain.selfAuths).toEqual(['/a', '/b']);
  expect(plain.authenticationPlugins.map(({ name }) => name)).toEqual(['one', 'two']);
  const written = load({ environment: { COMMISSAIRE_SELF_AUTHS: '["/a b"]' } });
  expect(written.selfAuths).toEqual(['/a b']);
});

test('a list given by flag replaces the list of the file', () => {
  const file = '{"self-auths": ["/a"], "authentication-plugins": [{"name": "one"}]}';
  const flags = { 'self-auth': ['/b', '/c'], 'authentication-plugin': ['two'] };
  const { selfAuths, authenticationPlugins } = loadText(file, flags);
  expect(selfAuths).toEqual(['/b', '/c']);
  expect(authenticationPlugins.map(({ name }) => name)).toEqual(['two']);
});

test.each([
  ['httpbasicauth', 'httpbasicauth', {}],
  ['httpbasicauth:', 'httpbasicauth', {}],
  ['httpbasicauth:filepath=/etc/x/users.json', 'httpbasicauth', { filepath: '/etc/x/users.json' }],
  [
    'keystone:url=https://host:5000/v3?a=b,domain=Default',
    'keystone',
    { url: 'https://host:5000/v3?a=b', domain: 'Default' },
  ],
  ['x:openshift-endpoint=u', 'x', { openshift_endpoint: 'u' }],
  ['commissaire_http.authentication.httpbasicauth:filepath=/x', 'httpbasicauth', { filepath: '/x' }],
  ['commissaire.authentication.httpbasicauth', 'httpbasicauth', {}],
  ['ours.module', 'ours.module', {}],
])('the plugin flag %s is read', (text, name, options) => {
  const [plugin] = load({ flags: { 'authentication-plugin': text } }).authenticationPlugins;
  expect(plugin?.name).toBe(name);
  const read = plugin?.options.map((option) => [option.name, option.value.kind === 'scalar' && option.value.value]);
  expect(Object.fromEntries(read ?? [])).toEqual(options);
});

test('a plugin may be configured twice', () => {
  const text = 'authentication-plugins: [{name: a, x: 1}, {name: commissaire.authentication.a, x: 2}]';
  const { authenticationPlugins } = loadText(text);
  expect(authenticationPlugins.map(({ name, options }) => [name, options[0]?.value])).toEqual([
    ['a', expect.objectContaining({ value: 1 })],
    ['a', expect.objectContaining({ value: 2 })],
  ]);
});

test('that every user may do everything is said, unless roles say otherwise', () => {
  const plugin = '"authentication-plugins": [{"name": "a"}]';
  const bindings = '"role-bindings": [{"role": "admin", "subjects": ["user:a"]}]';
  expect(loadText(`{${plugin}}`).notes).toEqual([expect.stringMatching(/every user may do everything/)]);
  expect(loadText(`{${plugin}, "default-role": "none"}`).notes).toEqual([]);
  expect(loadText(`{${plugin}, ${bindings}}`).notes).toEqual([
    expect.stringMatching(/every user to whom no role is bound may do everything/),
  ]);
  expect(loadText(`{${plugin}, ${bindings}, "default-role": "viewer"}`).notes).toEqual([]);
  expect(loadText('{}').notes).toEqual([]);
});

test('roles and bindings are read as they are written', () => {
  const binding = '{"role": "r", "subjects": ["user:a", "claim:team=web"], "clusters": ["web*"], "max-hosts": 3}';
  const { roles, roleBindings, defaultRole } = loadText(
    `{"roles": {"r": {"permissions": ["host:read"]}}, "role-bindings": [${binding}], "default-role": "viewer"}`,
  );
  expect(roles).toMatchObject([{ name: 'r', permissions: ['host:read'] }]);
  expect(roleBindings).toMatchObject([
    { role: 'r', subjects: ['user:a', 'claim:team=web'], clusters: ['web*'], max_hosts: 3 },
  ]);
  expect(defaultRole).toMatchObject({ name: 'viewer' });
});

test.each([
  ['{"roles": []}', 'roles is a list, not an object', 'write'],
  ['{"roles": {"a b": {"permissions": []}}}', '"a b" is not a name', 'letters'],
  ['{"roles": {"a": {}}}', 'the role a has no permissions', 'write'],
  ['{"roles": {"a": {"permission": []}}}', '"permission" is not a member of a role', 'permissions'],
  ['{"role-bindings": {}}', 'role-bindings is an object, not a list', 'write'],
  ['{"role-bindings": [{"role": "a"}]}', 'is not a list with something in it', 'subjects'],
  ['{"role-bindings": [{"subjects": ["user:a"]}]}', 'is not what belongs here', ''],
  ['{"role-bindings": [{"role": "a", "subjects": ["alice"]}]}', '"alice" says of nobody who it is', 'user:NAME'],
  ['{"role-bindings": [{"role": "a", "subjects": ["user:a"], "clusters": []}]}', 'something in it', ''],
  ['{"role-bindings": [{"role": "a", "subjects": ["user:a"], "clusters": ["a b"]}]}', 'no name of a cluster', ''],
  ['{"role-bindings": [{"role": "a", "subjects": ["user:a"], "max_percent": 0}]}', '0 is not a number', '1 to 100'],
  ['{"role-bindings": [{"role": "a", "subjects": ["user:a"], "host": 1}]}', '"host" is not a member', ''],
])('%s is refused', (text, problem, fix) => {
  const { message, hint } = failure(() => loadText(text));
  expect(message).toContain(problem);
  expect(hint).toContain(fix);
});

test('what the original needed is accepted, ignored and said once', () => {
  const { notes } = loadText(
    '{"bus-uri": "redis://127.0.0.1/0", "bus_exchange": "commissaire", "logging": {"version": 1}}',
  );
  expect(notes).toEqual(['accepted and ignored, as all services run inside this server: bus-uri, bus-exchange']);
});

test('plain HTTP on a reachable address needs a word, and is noted; TLS and loopback need none', () => {
  expect(loadText('{"listen-interface": "0.0.0.0", "insecure": true}').notes[0]).toContain('plain HTTP');
  expect(loadText('{"tls-clientverifyfile": "/ca.pem"}').notes).toEqual([
    'tls-clientverifyfile is ignored: without tls-pemfile there is no TLS',
  ]);
  expect(load({ flags: { 'listen-interface': '0.0.0.0', insecure: true } }).insecure).toBe(true);
  expect(loadText('{"listen-interface": "0.0.0.0", "tls-pemfile": "/x.pem"}').notes).toEqual([]);
  expect(loadText('{"listen-interface": "::1", "insecure": true}').notes).toEqual([]);
});

test.each<[string, ServerFlags, string]>([
  ['{}', {}, 'info'],
  ['{"debug": true}', {}, 'debug'],
  ['{"debug": true, "log-level": "warn"}', {}, 'debug'],
  ['{"debug": true}', { 'log-level': 'warn' }, 'warn'],
  ['{"log-level": "warn"}', { debug: true }, 'debug'],
  ['{"log-level": "ERROR"}', {}, 'error'],
])('the file %s with the flags %j logs from %s on', (text, flags, level) => {
  expect(loadText(text, flags).logLevel).toBe(level);
});

test.each<[boolean, Environment, string]>([
  [true, { XDG_DATA_HOME: '/d' }, '/var/lib/commissaire'],
  [false, { XDG_DATA_HOME: '/d', HOME: '/h' }, '/d/commissaire'],
  [false, { XDG_DATA_HOME: 'relative', HOME: '/h' }, '/h/.local/share/commissaire'],
  [false, { HOME: '/h' }, '/h/.local/share/commissaire'],
])('the data directory (root: %s, environment: %j) is %s', (root, environment, expected) => {
  expect(load({ root, environment }).dataDir).toBe(expected);
});

test('the file is looked for in the documented order', () => {
  using directory = temporaryDirectory();
  const file = (name: string, port: number) => {
    const path = join(directory.path, name);
    writeFileSync(path, `{"listen-port": ${port}}`);
    return path;
  };
  mkdirSync(join(directory.path, 'data'));
  const flag = file('flag.conf', 1);
  const variable = file('variable.conf', 2);
  file('data/commissaire.conf', 3);
  const systemFile = file('system.conf', 4);
  const dataDir = join(directory.path, 'data');
  const port = (flags: ServerFlags, environment: Environment) => load({ flags, environment, systemFile }).listenPort;
  const every = { COMMISSAIRE_CONFIG: variable };

  expect(port({ 'config-file': flag, 'data-dir': dataDir }, every)).toBe(1);
  expect(port({ 'data-dir': dataDir }, every)).toBe(2);
  expect(port({ 'data-dir': dataDir }, {})).toBe(3);
  expect(port({}, { COMMISSAIRE_DATA_DIR: dataDir })).toBe(3);
  expect(port({ 'data-dir': directory.path }, {})).toBe(4);
  expect(port({}, {})).toBe(4);
  expect(port({ 'no-config-file': true, 'data-dir': dataDir }, every)).toBe(8000);
  expect(port({ configFile: false }, every)).toBe(8000);
});

test('a file that is named must be there; one that is only looked for may be missing', () => {
  expect(failure(() => load({ flags: { 'config-file': nowhere } })).message).toContain(`--config-file: there is no`);
  expect(failure(() => load({ environment: { COMMISSAIRE_CONFIG: nowhere } })).message).toContain(
    '$COMMISSAIRE_CONFIG',
  );
  expect(load({ flags: { 'data-dir': '/nonexistent' } }).configurationFile).toBeUndefined();
});

test('a file that cannot be read is named, also when it is only looked for', () => {
  using directory = temporaryDirectory();
  expect(failure(() => load({ systemFile: directory.path })).message).toContain(`${directory.path}: the configuration`);
});

test('faults name the file by its path', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'commissaire.conf');
  writeFileSync(path, '{\n  "listen-port": []\n}\n');
  expect(failure(() => load({ flags: { 'data-dir': directory.path } })).message).toContain(`${path}:2:18: a list`);
});

test.each([
  ['{"hooks": {}}', 'hooks is an object, not a list', 'write'],
  ['{"hooks": [{"filter": "*", "url": "http://x/"}]}', 'a hook has no name', ''],
  ['{"hooks": [{"name": "a", "url": "http://x/"}]}', 'a hook has no filter', ''],
  ['{"hooks": [{"name": "a", "filter": "*"}]}', 'a hook has no command and no url', ''],
  ['{"hooks": [{"name": "a", "filter": "a..", "url": "http://x/"}]}', '"a.." is not a filter', 'operation.failed'],
  ['{"hooks": [{"name": "a", "filter": "hots.*", "url": "http://x/"}]}', 'no event has the type "hots"', '"host"'],
  ['{"hooks": [{"name": "a", "filter": "*", "url": "ftp://x/"}]}', 'is not a URL', ''],
  ['{"hooks": [{"name": "a", "filter": "*", "url": "http://u:p@x/"}]}', 'holds credentials', 'secret_file'],
  ['{"hooks": [{"name": "a", "filter": "*", "command": []}]}', 'the command is empty', ''],
  ['{"hooks": [{"name": "a", "filter": "*", "command": ["x"], "url": "http://x/"}]}', 'both', 'two hooks'],
  ['{"hooks": [{"name": "a", "filter": "*", "command": ["x"], "retry": 1}]}', '"retry" is not a member', 'retries'],
  ['{"hooks": [{"name": "a", "filter": "*", "command": ["x"], "deadline": 0}]}', '0 is no duration', '1s to 1h'],
])('the hooks %s are refused', (text, problem, fix) => {
  const { message, hint } = failure(() => loadText(text));
  expect(message).toContain(problem);
  expect(hint).toContain(fix);
});

test('a hook has its defaults, and one of a name is enough', () => {
  const hook = '{"name": "a", "filter": ["host", "cluster"], "command": ["x", "y"]}';
  expect(loadText(`{"hooks": [${hook}]}`).hooks).toMatchObject([
    { name: 'a', act: { kind: 'command', argv: ['x', 'y'] }, deadline: 30, retries: 5 },
  ]);
  expect(failure(() => loadText(`{"hooks": [${hook}, ${hook}]}`)).message).toContain('there is a hook "a" before');
});
