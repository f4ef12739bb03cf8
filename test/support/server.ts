import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { listen } from '../../src/api/listener.ts';
import { listenOnUnixSocket } from '../../src/api/unix-listener.ts';
import type { AuditEntry } from '../../src/audit/entry.ts';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { readServerTls } from '../../src/server/certificate.ts';
import { buildServices, type Tuning } from '../../src/server/services.ts';
import { withoutChecksum } from '../../src/store/checksums.ts';
import type { StoredEvent } from '../../src/store/contract.ts';
import { type EventRun, isRun } from '../../src/store/event-row.ts';
import { leaseRecords } from '../../src/store/leases.ts';
import { recordingLogger } from '../auth/support.ts';
import { brokenOffRequest, type ClientTls, type RawAnswer, rawRequest } from './raw-http.ts';
import { temporaryDirectory } from './temporary.ts';
import { until } from './until.ts';

/** An answer as a client sees it. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON; undefined when there is none. */
  body: unknown;
}

export interface RequestOptions {
  /** On top of the credentials; an empty `authorization` leaves those out. */
  headers?: Record<string, string>;
  /** In place of what is shown to the server otherwise. */
  tls?: ClientTls;
}

export interface RawOptions extends RequestOptions {
  body?: Uint8Array | string;
  /** Sends the body chunked, without saying how long it is. */
  chunked?: boolean;
  /** The loopback address to connect from. */
  from?: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** The path of the Unix socket; empty when none was wanted. */
  readonly socket: string;
  /** One line per thing logged, as text. */
  readonly log: readonly string[];
  /** Sends JSON, or nothing at all when `body` is left out. The path may be anything a URL may hold. */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** Sends the path and the body byte for byte as they are given: what no well-behaved client would. */
  raw(method: string, target: string, options?: RawOptions): Promise<Answer>;
  /** Sends the head and the beginning of a body, then goes away. Resolves once the server is through with it. */
  abandon(method: string, target: string, beginning: string): Promise<void>;
  /** All that is stored, but for the audit trail and who has which work: equal before and after means that nothing was changed. */
  dump(): string;
  /** Every entry of the audit trail on disk. */
  audit(): AuditEntry[];
  /**
   * Every event there was, named `type.action.key`, with what it says. One that stands in a record is named by the collection
   * and the key of that, with what is in the record.
   */
  events(): Array<{ name: string; data: unknown }>;
}

/** Nothing listens there at any loopback address, so that an investigation ends at once as unreachable. */
export const closedPort = 1;

interface StoreReader {
  tables(): string[];
  rows(table: string): Array<{ key: string; text: string }>;
  close(): Promise<void>;
}

const user = 'tester';
const password = 'of the tests';
export const authorization = basicOf(user);

/** What a user sends, all having one password. */
export function basicOf(name: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

/** For the option `users` of httpbasicauth. */
export function usersNamed(...names: string[]): Record<string, { hash: string }> {
  return Object.fromEntries(names.map((name) => [name, { hash }]));
}

/** Cost 4 is bcrypt's least: the tests are not about its strength. */
const hash = Bun.password.hashSync(password, { algorithm: 'bcrypt', cost: 4 });

export interface ServerOptions {
  selfAuths?: string[];
  /** Members of the configuration on top of the others. */
  configuration?: object;
  /** The options of those names. */
  trustedProxies?: string[];
  hooks?: object[];
  /** One that is there already is used and left behind: what an earlier server stored is in it. */
  directory?: string;
  tuning?: Tuning;
  /** Listens on a Unix socket, too. */
  unixSocket?: boolean;
  /** What requests show to a server whose configuration has TLS. */
  tls?: ClientTls;
  /** Is shown every answer, with what was asked. */
  onAnswer?: (asked: Asked, answer: Answer) => void;
}

export interface Asked {
  method: string;
  /** As it was sent. */
  path: string;
  /** The content type that was said, if any. */
  type?: string | undefined;
  /** What was sent as JSON. */
  body?: unknown;
}

/** The real server in this process: real configuration, LMDB in a directory of its own, HTTP on a free port. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const directory = options.directory === undefined ? temporaryDirectory() : keptDirectory(options.directory);
  const dataDir = join(directory.path, 'data');
  const { notes: _, ...configuration } = loadServerConfiguration({
    flags: { 'config-file': writeConfiguration(directory.path, { dataDir, ...options }) },
    environment: {},
  });
  const logger = recordingLogger();
  const services = await buildServices(configuration, systemClock, logger, options.tuning);
  const listener = await listen(services.handle, {
    address: '127.0.0.1',
    port: 0,
    tls: readServerTls(configuration),
    limits: { total: 1024, perAddress: 256 },
    isProxy: () => true,
    runningOut: () => false,
    clock: systemClock,
    logger,
  });
  const { unixSocket } = configuration;
  const local =
    options.unixSocket === true && unixSocket !== undefined
      ? await listenOnUnixSocket(services.handle, unixSocket.path)
      : undefined;
  await services.begin();
  const store = storeReader(dataDir);
  const { onAnswer = () => {}, tls } = options;
  return {
    url: listener.url,
    socket: local?.path ?? '',
    log: logger.lines,
    async request(method, path, body, options) {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const answer = await send(`${listener.url}${path}`, method, text, { tls, ...options });
      onAnswer({ method, path, type: options?.headers?.['content-type'], body }, answer);
      return answer;
    },
    async raw(method, path, options) {
      const headers = headersOf(options);
      const answer = answerOf(await rawRequest(listener.url, method, path, { tls, ...options, headers }));
      onAnswer({ method, path }, answer);
      return answer;
    },
    async abandon(method, target, beginning) {
      await brokenOffRequest(listener.url, method, target, { headers: { authorization }, body: beginning });
      await until(() => logger.lines.some((line) => line.includes(`"method":"${method}","path":"${target}"`)));
    },
    dump: () => dumpOf(store),
    // In front of each stands its revision.
    audit: () => store.rows('audit').map(({ text }) => JSON.parse(text.slice(8))),
    events: () => eventsIn(store),
    async [Symbol.asyncDispose]() {
      await Promise.all([listener.stop(), local?.stop()]);
      await store.close();
      await services[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

function keptDirectory(path: string): ReturnType<typeof temporaryDirectory> {
  return { path, [Symbol.dispose]: () => {} };
}

function writeConfiguration(
  directory: string,
  { dataDir, selfAuths = [], trustedProxies = [], hooks = [], configuration = {} }: ServerOptions & { dataDir: string },
): string {
  mkdirSync(dataDir, { mode: 0o700, recursive: true });
  const path = join(directory, 'commissaire.conf');
  const plugins = [{ name: 'httpbasicauth', users: { [user]: { hash } } }];
  const members = {
    'data-dir': dataDir,
    'self-auths': selfAuths,
    'trusted-proxies': trustedProxies,
    'authentication-plugins': plugins,
    hooks,
    ...configuration,
  };
  writeFileSync(path, JSON.stringify(members), { mode: 0o600 });
  return path;
}

async function send(
  url: string,
  method: string,
  body: string | undefined,
  { tls, ...options }: RequestOptions | (Omit<RequestOptions, 'tls'> & { tls: undefined }),
): Promise<Answer> {
  // A connection kept open would hold up the stop of the server.
  const shown = tls === undefined ? {} : { tls };
  const init: BunFetchRequestInit = { method, headers: { ...headersOf(options), connection: 'close' }, ...shown };
  const response = await fetch(url, body === undefined ? init : { ...init, body });
  return answerOf({ status: response.status, headers: response.headers, text: await response.text() });
}

function headersOf({ headers = {} }: RequestOptions = {}): Record<string, string> {
  const { authorization: given = authorization, ...others } = headers;
  return given === '' ? others : { ...others, authorization: given };
}

function answerOf({ status, headers, text }: RawAnswer): Answer {
  const isJson = /json/.test(headers.get('content-type') ?? '') && text !== '';
  return { status, headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Looks into the store of the running server: LMDB gives two openings in one process the same environment. */
function storeReader(dataDir: string): StoreReader {
  const root = open<unknown, string>({ path: join(dataDir, 'store'), readOnly: true, maxDbs: 64 });
  const rows = (name: string) => {
    const table = root.openDB<Uint8Array, string>({ name, encoding: 'binary' });
    // In front of a record stand its revision and its checksum, in front of an event its checksum.
    const head = name === 'meta' || name === 'events' ? 0 : 8;
    return Array.from(table.getRange(), ({ key, value }) => {
      const stored = Buffer.from(value);
      const parts = [stored.subarray(0, head), withoutChecksum(stored.subarray(head))];
      return { key, text: Buffer.concat(parts).toString('latin1') };
    });
  };
  return {
    rows,
    tables: () => Array.from(root.getKeys(), String),
    close: () => root.close(),
  };
}

/** Who has which work is no change: the jobs of a server begin whenever they come to it. */
function dumpOf(store: StoreReader): string {
  const tables = store
    .tables()
    .filter((name) => !name.startsWith('audit') && name !== leaseRecords.name)
    .map((name) => [name, store.rows(name).map(withoutRevision)] as const);
  // Reading from a table for the first time makes it, empty.
  return JSON.stringify(tables.filter(([, rows]) => rows.length > 0));
}

/** Of the whole store: it grows with every entry of the audit trail too. */
function withoutRevision(row: { key: string; text: string }): { key: string; text: string } {
  return row.key === 'counters' ? { ...row, text: row.text.replace(/"revision":\d+/, '') } : row;
}

function eventsIn(store: StoreReader): Array<{ name: string; data: unknown }> {
  return store.rows('events').flatMap(({ text }) => {
    const row: StoredEvent | EventRun = JSON.parse(text);
    if (isRun(row)) return recordsOf(store, row);
    const { type, action, key, data } = row;
    return [{ name: `${type}.${action}.${key}`, data }];
  });
}

/** In front of each stands its revision. */
function recordsOf(store: StoreReader, { of, prefix, keys }: EventRun): Array<{ name: string; data: unknown }> {
  const rows = store.rows(of).filter(({ key }) => key.startsWith(prefix) && keys.includes(key.slice(prefix.length)));
  return rows.map(({ key, text }) => ({ name: `${of}.${key}`, data: JSON.parse(text.slice(8)) }));
}
