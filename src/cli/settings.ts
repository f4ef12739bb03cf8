import { join } from 'node:path';
import type { BasicCredentials, CertificateCredentials, ClientCredentials } from '../client/credentials.ts';
import { socketOf } from '../client/server-place.ts';
import type { ServerTrust } from '../client/server-trust.ts';
import type { ProxyOptions } from '../lib/proxies.ts';
import { type ConfigurationFile, readConfigurationFile } from './configuration-file.ts';
import type { ConfirmMode } from './confirm-mode.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';
import { type LocalServer, localServer } from './local-server.ts';
import { proxiesOfEnvironment } from './proxy-settings.ts';
import type { SessionFile, StoredSession } from './session/sessions.ts';
import type { Terminal } from './terminal.ts';
import { atHome, clientCertificateOf, trustOf } from './tls-files.ts';
import { tokenOfEnvironment } from './token-setting.ts';
import { UsageError } from './usage-error.ts';

/** How to reach servers, which to trust, and the certificate for servers that require one. */
interface Way {
  proxies?: ProxyOptions;
  trust?: ServerTrust;
  clientCertificate?: CertificateCredentials;
}

/** The servers, and how to reach and trust them. */
export interface Servers extends Way {
  endpoints: readonly string[];
}

/** The servers and the caller's credentials. */
export interface Settings extends Servers {
  /** Undefined where all servers are reached over a Unix socket. */
  credentials?: ClientCredentials;
}

/** A session that `commctl login` started. */
export interface SessionSettings extends Servers {
  session: StoredSession;
}

export interface GivenSettings {
  /** `--config` */
  config: string | undefined;
  /** `--endpoint`, which overrides the file. */
  endpoint: readonly string[];
}

/**
 * Flags override the environment, and that the configuration file; a person is prompted for what neither contains. With no configuration at all,
 * a server on this machine that accepts this user over its socket needs no prompt.
 *
 * @throws UsageError, Interrupted
 */
export async function settle(
  given: GivenSettings,
  terminal: Terminal,
  { sessions, otherwise }: { sessions: SessionFile; otherwise?: string | undefined },
): Promise<Settings | SessionSettings> {
  const { found, urls, path } = await gather(given, terminal, otherwise);
  const { token } = found;
  if (token !== undefined) return { ...(await wayOf(found, urls, terminal)), endpoints: urls, credentials: { token } };
  if (needsNoCredentials({ ...found, endpoints: urls })) return { endpoints: urls };
  const session = await sessions.find(urls, loginOf(found));
  if (session === undefined) return identify({ found, urls, path }, terminal);
  return { ...(await wayOf(found, urls, terminal)), endpoints: urls, session };
}

/** The same without a session, and with the login that a session would belong to. @throws UsageError, Interrupted */
export async function settleAnew(
  given: GivenSettings,
  terminal: Terminal,
  username?: string,
): Promise<Settings & { login: string }> {
  const { found, urls, path } = await gather(given, terminal);
  if (found.token !== undefined && username === undefined) {
    throw new UsageError('a token is configured, which needs no login', {
      hint: `unset COMMCTL_TOKEN, or remove "token" from ${path}, to log in as a user`,
    });
  }
  const isOther = username !== undefined && username !== found.username;
  const wanted = isOther ? { ...found, username, password: undefined, kubeconfig: undefined } : found;
  const settings = await identify({ found: wanted, urls, path }, terminal);
  const { credentials } = settings;
  const name = credentials !== undefined && 'username' in credentials ? credentials.username : undefined;
  return { ...settings, login: loginOf({ ...wanted, username: wanted.username ?? name }) ?? '' };
}

/** The servers alone, for any caller. @throws UsageError, Interrupted */
export async function serversOf(given: GivenSettings, terminal: Terminal): Promise<Servers> {
  const { found, urls } = await gather(given, terminal);
  return { ...(await wayOf(found, urls, terminal)), endpoints: urls };
}

/**
 * The servers, and the contents of the file.
 *
 * @param otherwise the server when none is configured, instead of prompting
 */
async function gather(given: GivenSettings, terminal: Terminal, otherwise?: string): Promise<Gathered> {
  const { named, path } = configurationPath(given, terminal);
  const file = await readConfigurationFile(path);
  if (file === undefined && named !== undefined) throw new UsageError(`there is no configuration file ${path}`);
  if (file?.warning !== undefined) await terminal.stderr.write(`${file.warning}\n`);
  const { stdin } = terminal;
  const written = file ?? nothing;
  const found = {
    ...written,
    token: tokenOfEnvironment(terminal.environment) ?? written.token,
    proxies: { ...written.proxies, ...proxiesOfEnvironment(terminal.environment) },
  };
  const [endpoints = []] = [given.endpoint, endpointsOf(terminal.environment), found.endpoints].filter(
    ({ length }) => length > 0,
  );
  if (file === undefined && endpoints.length === 0) {
    const local = await localServer(terminal.environment);
    if (local.endpoint !== undefined) return { found, urls: [local.endpoint], path };
    if (local.isSite && otherwise === undefined) throw stopped(local);
  }
  if (endpoints.length === 0 && otherwise !== undefined) return { found, urls: [checkedServer(otherwise)], path };
  if (endpoints.length === 0 && !stdin.isTerminal) throw missing('endpoint', path, ' or give --endpoint');
  const urls = (endpoints.length > 0 ? endpoints : [await stdin.ask('Endpoint: ')]).map(checkedServer);
  return { found, urls, path };
}

/** The path of the configuration file, and whether a person named it. */
function configurationPath({ config }: Pick<GivenSettings, 'config'>, { environment, homeDirectory }: Terminal) {
  const named = config ?? environment.COMMCTL_CONFIG;
  return { named, path: named ?? join(homeDirectory, '.commissaire.json') };
}

/** When to ask for a confirmation. @throws UsageError */
export async function confirmModeOf(given: GivenSettings, terminal: Terminal): Promise<ConfirmMode> {
  const file = await readConfigurationFile(configurationPath(given, terminal).path);
  return file?.confirm ?? 'terminal';
}

/** `COMMCTL_ENDPOINT`: one URL, or several between commas. */
function endpointsOf({ COMMCTL_ENDPOINT = '' }: Terminal['environment']): string[] {
  return COMMCTL_ENDPOINT.split(',')
    .map((url) => url.trim())
    .filter(Boolean);
}

interface Gathered {
  found: ConfigurationFile;
  urls: readonly string[];
  /** The path of the configuration file, which may not exist. */
  path: string;
}

/** The login of a session: a user, or a kubeconfig; undefined when the file has neither. */
function loginOf({ username, kubeconfig }: Pick<Found, 'username' | 'kubeconfig'>): string | undefined {
  if (kubeconfig !== undefined) return `kubeconfig ${kubeconfig}`;
  return username === undefined ? undefined : `user ${username}`;
}

async function identify({ found, urls, path }: Gathered, terminal: Terminal): Promise<Settings> {
  const { stdin } = terminal;
  if (needsNoCredentials({ ...found, endpoints: urls })) return { endpoints: urls };
  const way = await wayOf(found, urls, terminal);
  const { kubeconfig, username } = found;
  if (kubeconfig === undefined && username === undefined && way.clientCertificate !== undefined) {
    return { ...way, endpoints: urls, credentials: way.clientCertificate };
  }
  if (!stdin.isTerminal) requireCredentials(found, path);
  if (kubeconfig === undefined) return { ...way, endpoints: urls, credentials: await basicCredentials(found, stdin) };
  const credentials = await kubeconfigCredentials(atHome(kubeconfig, terminal.homeDirectory));
  if ('username' in credentials) checkedUsername(credentials.username);
  return { ...way, endpoints: urls.map((url) => checkedFor(credentials, url)), credentials };
}

/** What is known without prompting. */
type Found = Pick<ConfigurationFile, 'endpoints' | 'username' | 'password' | 'kubeconfig'>;

const nothing: ConfigurationFile = {
  endpoints: [],
  username: undefined,
  password: undefined,
  token: undefined,
  kubeconfig: undefined,
  certificateAuthority: undefined,
  fingerprint: undefined,
  clientCertificate: undefined,
  clientKey: undefined,
  proxies: {},
  confirm: undefined,
};

async function wayOf(
  found: ConfigurationFile,
  endpoints: readonly string[],
  { homeDirectory }: Terminal,
): Promise<Way> {
  const clientCertificate = await clientCertificateOf(found, homeDirectory);
  if (clientCertificate !== undefined) for (const url of endpoints) checkedFor(clientCertificate, url);
  const plain = endpoints.find((url) => /^http:/i.test(url));
  if (found.fingerprint !== undefined && plain !== undefined) {
    throw new UsageError(`"fingerprint" is of a certificate, but ${plain} is not https`);
  }
  return {
    proxies: found.proxies,
    trust: await trustOf(found, homeDirectory),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
  };
}

async function basicCredentials({ username, password }: Found, stdin: Terminal['stdin']): Promise<BasicCredentials> {
  return {
    username: checkedUsername(username ?? (await stdin.ask('Username: '))),
    password: password ?? (await stdin.askSecret('Password: ')),
  };
}

function requireCredentials({ username, password, kubeconfig }: Found, path: string): void {
  if (kubeconfig !== undefined) return;
  if (username === undefined) throw missing('username', path);
  if (password === undefined) throw missing('password', path, ', or log in with `commctl login`');
}

function missing(member: string, path: string, alternative = ''): UsageError {
  return new UsageError(`no ${member} is configured`, { hint: `add the member "${member}" to ${path}${alternative}` });
}

function stopped({ dataDirectory }: LocalServer): UsageError {
  return new UsageError(`the server of the data directory ${dataDirectory} is not running`, {
    hint: 'start it with `commissaire serve`, or name another server with --endpoint',
  });
}

/** Over a Unix socket the server knows the user of the process; a given name still counts. */
function needsNoCredentials({ endpoints, username, kubeconfig }: Omit<Found, 'password'>): boolean {
  return username === undefined && kubeconfig === undefined && endpoints.every((url) => socketOf(url) !== undefined);
}

/** Checks a base URL without credentials, or a Unix socket. @throws UsageError */
function checkedServer(text: string): string {
  if (socketOf(text) !== undefined) return text;
  if (!text.startsWith('unix:')) return checkedEndpoint(text);
  throw new UsageError(`the endpoint "${text}" names no Unix socket`, {
    hint: 'give its absolute path, as in unix:/var/lib/commissaire/commissaire.sock',
  });
}

/** Checks a base URL without credentials. @throws UsageError */
export function checkedEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`the endpoint "${text}" is not a URL`, { hint: 'give one such as https://jump.example.com' });
  }
  if (url.username === '' && url.password === '') return text;
  throw new UsageError(`the endpoint for ${url.host} holds credentials`, {
    hint: 'give them as "username" and "password" in the configuration file',
  });
}

function checkedFor(credentials: ClientCredentials, endpoint: string): string {
  if (!('certificate' in credentials) || /^(https|unix):/.test(endpoint)) return endpoint;
  throw new UsageError(`a client certificate cannot be shown to ${endpoint}`, { hint: 'give an endpoint with https:' });
}

/** RFC 7617, section 2: the first colon would end the name. */
export function checkedUsername(text: string): string {
  if (!text.includes(':')) return text;
  throw new UsageError(`the user name "${text}" has a colon, which HTTP basic authentication cannot carry`);
}
