import { once } from 'node:events';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface FailedStart {
  what: string;
  /** Members of the configuration on top of those that a server starts with. */
  configuration: (place: Place) => object;
  /** What is done to the data directory first. */
  prepare?: (place: Place) => void;
  code: number;
  /** The line that says so, after the name of the program. */
  message: (place: Place) => string;
}

interface Place {
  readonly directory: string;
  readonly dataDir: string;
  /** A port that is in use. */
  readonly port: number;
}

const users = { 'authentication-plugins': [{ name: 'httpbasicauth', users: {} }] };
const none = ({ directory }: Place) => join(directory, 'none');
const plugin = ({ directory }: Place) => join(directory, 'plugin.js');

/** Its timer is nobody's to clear. */
function writePlugin(place: Place): void {
  writeFileSync(plugin(place), 'setInterval(() => {}, 1000);\nthrow new Error("of the site");\n', { mode: 0o600 });
}

const failedStarts: FailedStart[] = [
  {
    what: 'the secret of a hook cannot be read',
    configuration: (place) => ({
      hooks: [{ name: 'signed', filter: '*.*.*', url: 'http://127.0.0.1:1/', secret_file: none(place) }],
    }),
    code: 2,
    message: (place) => `the secret file ${none(place)} of a hook cannot be read: ENOENT`,
  },
  {
    what: 'the TLS certificate cannot be read',
    configuration: (place) => ({ 'tls-pemfile': none(place) }),
    code: 2,
    message: (place) => `cannot use the TLS certificate ${none(place)}: ENOENT`,
  },
  {
    what: 'the port is in use',
    configuration: ({ port }) => ({ 'listen-port': port }),
    code: 2,
    message: ({ port }) => `cannot listen on 127.0.0.1 port ${port}: EADDRINUSE`,
  },
  {
    what: 'the port is in use, behind a front',
    configuration: ({ port }) => ({ 'listen-port': port, 'listen-interface': '0.0.0.0', insecure: true }),
    code: 2,
    message: ({ port }) => `cannot listen on 0.0.0.0 port ${port}: EADDRINUSE`,
  },
  {
    what: 'the Unix socket it was told to open cannot be',
    configuration: (place) => ({ 'unix-socket': join(none(place), 'socket') }),
    code: 2,
    message: (place) => `cannot listen on the Unix socket ${join(none(place), 'socket')}: ENOENT`,
  },
  {
    what: 'a plugin of the site throws, and holds the process by a timer',
    configuration: (place) => ({ 'authentication-plugins': [{ name: plugin(place) }] }),
    prepare: writePlugin,
    code: 2,
    message: (place) => `: the plugin ${plugin(place)} cannot be used: of the site`,
  },
  {
    what: 'the users cannot be read',
    configuration: (place) => ({ 'authentication-plugins': [{ name: 'httpbasicauth', filepath: none(place) }] }),
    code: 2,
    message: (place) => none(place),
  },
  {
    what: 'the keys of an OpenID provider cannot be read',
    configuration: (place) => ({
      'authentication-plugins': [{ name: 'jwt', issuer: 'site', audience: 'commissaire', jwks: none(place) }],
    }),
    code: 2,
    message: (place) => `the keys in ${none(place)} cannot be used: ENOENT`,
  },
  {
    what: 'a role that is bound is not there',
    configuration: () => ({ 'default-role': 'nobody-made-it' }),
    code: 2,
    message: () => 'nobody-made-it',
  },
  {
    what: 'the passphrase of the master key cannot be read',
    configuration: (place) => ({ 'master-passphrase-file': none(place) }),
    code: 2,
    message: (place) =>
      `the passphrase file ${none(place)} cannot be used: it cannot be read: there is no such file or directory`,
  },
];

/** A port that another program listens on, here and on all addresses. */
async function takenPort(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer();
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

function configure({ dataDir }: Place, members: object): void {
  const configuration = { 'listen-port': 0, ...users, ...members };
  writeFileSync(join(dataDir, 'commissaire.conf'), JSON.stringify(configuration), { mode: 0o600 });
}

/** As told: one message and one hint, and whatever the log said before. */
async function expectFailure(dataDir: string, code: number, message: string): Promise<void> {
  await using failed = CompiledServer.spawn({ dataDir });
  expect(await failed.exited, failed.lines.join('\n')).toEqual({ code, signal: null });
  const told = failed.lines.filter((line) => !line.startsWith('{'));
  expect(told).toEqual([expect.stringContaining(message), expect.stringMatching(/^hint: /)]);
  expect(told[0]).toMatch(/^commissaire: /);
  expect(failed.log.filter(({ level }) => level === 'error')).toEqual([]);
}

test.each(failedStarts)(
  'ends with one message when $what, and leaves the data directory to the next',
  async (start) => {
    using directory = temporaryDirectory();
    await using taken = await takenPort();
    const dataDir = join(directory.path, 'data');
    const place = { directory: directory.path, dataDir, port: taken.port };
    {
      await using first = await CompiledServer.start({ dataDir });
      expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    start.prepare?.(place);
    configure(place, start.configuration(place));
    await expectFailure(dataDir, start.code, start.message(place));
    configure(place, {});
    await using mended = await CompiledServer.start({ dataDir });
    expect(await mended.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  },
);

test('ends with one message when the store is damaged', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  {
    await using first = await CompiledServer.start({ dataDir });
    await first.kill('SIGTERM');
  }
  const file = join(dataDir, 'store', 'data.mdb');
  const whole = readFileSync(file);
  truncateSync(file, 100);
  await expectFailure(dataDir, 1, file);
  writeFileSync(file, whole);
  await using mended = await CompiledServer.start({ dataDir });
  expect(await mended.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('the first SIGTERM ends a start that waits for something, with 0', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const place = { directory: directory.path, dataDir, port: 0 };
  {
    await using first = await CompiledServer.start({ dataDir });
    await first.kill('SIGTERM');
  }
  const waits = 'console.log("waits");\nsetInterval(() => {}, 1000);\nawait new Promise(() => {});\n';
  writeFileSync(plugin(place), waits, { mode: 0o600 });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    configure(place, { 'authentication-plugins': [{ name: plugin(place) }] });
    await using waiting = CompiledServer.spawn({ dataDir });
    await waiting.logged(({ msg }) => msg === 'waits');
    expect(await waiting.kill(signal)).toEqual({ code: 0, signal: null });
    expect(waiting.log.at(-1)).toMatchObject({ msg: 'stopping', signal });
    expect(waiting.lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  }
});
