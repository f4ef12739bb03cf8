import type { BasicCredentials, CertificateCredentials, ClientCredentials } from '../client/credentials.ts';
import { socketOf } from '../client/server-place.ts';
import type { ServerTrust } from '../client/server-trust.ts';
import type { ProxyOptions } from '../lib/proxies.ts';
import { type ConfigurationFile, readConfigurationFile } from './configuration-file.ts';
import type { ConfirmMode } from './confirm-mode.ts';
import { defaultContext, emptyDocument, noSuchContext } from './contexts/document.ts';
import { configurationPlace, type GivenPlace } from './contexts/place.ts';
import { kubeconfigCredentials } from './kubeconfig.ts';
import { type LocalServer, localServer } from './local-server.ts';
import { proxiesOfEnvironment } from './proxy-settings.ts';
import type { SessionFile, StoredSession } from './session/sessions.ts';
import type { Site } from './site.ts';
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
  /** The context in the configuration. */
  context: string;
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

export interface GivenSettings extends GivenPlace {
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
  const { token, context } = found;
  const servers = async () => ({ ...(await wayTo(found, urls, terminal)), endpoints: urls, context });
  if (token !== undefined) return { ...(await servers()), credentials: { token } };
  if (needsNoCredentials({ ...found, endpoints: urls })) return { endpoints: urls, context };
  const session = await sessions.find({ endpoints: urls, context }, loginOf(found));
  if (session === undefined) return identify({ found, urls, path }, terminal);
  return { ...(await servers()), session };
}

/** Who logs in, where it is not the configured user with the configured password. */
export interface GivenCaller {
  username?: string | undefined;
  password?: string | undefined;
}

/** The same without a session, and with the login that a session would belong to. */
export interface LoginSettings extends Settings {
  login: string;
  /** The login of the other commands, which the configuration names. */
  configured: string;
}

/** @throws UsageError, Interrupted */
export async function settleAnew(
  given: GivenSettings,
  terminal: Terminal,
  caller: GivenCaller = {},
): Promise<LoginSettings> {
  return loginWith(await gather(given, terminal), terminal, caller);
}

/**
 * The same for servers that the configuration does not have yet.
 *
 * @throws UsageError, Interrupted
 */
export async function settleSite(
  { site, urls, context, path }: { site: Site; urls: readonly string[]; context: string; path: string },
  given: GivenSettings,
  terminal: Terminal,
  caller: GivenCaller = {},
): Promise<LoginSettings> {
  const token = environmentOf(given, terminal).token ?? site.token;
  const found = { ...site, token, context, contexts: [] };
  return loginWith({ found, urls, path }, terminal, caller);
}

async function loginWith({ found, urls, path }: Gathered, terminal: Terminal, { username, password }: GivenCaller) {
  if (found.token !== undefined && username === undefined) {
    throw new UsageError('a token is configured, which needs no login', {
      hint: `unset COMMCTL_TOKEN, or remove "token" from ${path}, to log in as a user`,
    });
  }
  const isOther = username !== undefined && username !== found.username;
  const asUser = isOther ? { ...found, username, password: undefined, kubeconfig: undefined } : found;
  const wanted = password === undefined ? asUser : { ...asUser, password };
  const settings = await identify({ found: wanted, urls, path }, terminal, { isLogin: true });
  const { credentials } = settings;
  const name = credentials !== undefined && 'username' in credentials ? credentials.username : undefined;
  const login = loginOf({ ...wanted, username: wanted.username ?? name }) ?? '';
  return { ...settings, login, configured: loginOf(found) ?? login };
}

/** The servers alone, for any caller. @throws UsageError, Interrupted */
export async function serversOf(given: GivenSettings, terminal: Terminal): Promise<Servers> {
  const { found, urls } = await gather(given, terminal);
  return { ...(await wayTo(found, urls, terminal)), endpoints: urls, context: found.context };
}

/**
 * The servers, and the contents of the file.
 *
 * @param otherwise the server when none is configured, instead of prompting
 */
async function gather(given: GivenSettings, terminal: Terminal, otherwise?: string): Promise<Gathered> {
  const place = configurationPlace(given, terminal);
  const { path, context } = place;
  const file = await readConfigurationFile(place);
  if (file === undefined && place.isNamed) throw new UsageError(`there is no configuration file ${path}`);
  if (file === undefined && context !== undefined && context !== defaultContext) {
    throw noSuchContext(context, emptyDocument, path);
  }
  if (file?.warning !== undefined) await terminal.stderr.write(`${file.warning}\n`);
  const { stdin } = terminal;
  const written = file ?? nothing;
  const fromEnvironment = environmentOf(given, terminal);
  const found = {
    ...written,
    token: fromEnvironment.token ?? written.token,
    proxies: { ...written.proxies, ...proxiesOfEnvironment(terminal.environment) },
  };
  const [endpoints = []] = [given.endpoint, fromEnvironment.endpoints, found.endpoints].filter(
    ({ length }) => length > 0,
  );
  if (file === undefined && endpoints.length === 0) {
    const local = await localServer(terminal.environment);
    if (local.endpoint !== undefined) return { found, urls: [local.endpoint], path };
    if (local.isSite && otherwise === undefined) throw stopped(local);
  }
  if (endpoints.length === 0 && otherwise !== undefined) return { found, urls: [checkedServer(otherwise)], path };
  if (endpoints.length === 0 && found.contexts.some((name) => name !== defaultContext)) {
    throw noneInUse(found, path);
  }
  if (endpoints.length === 0 && !stdin.isTerminal) throw missing('endpoint', path, ' or give --endpoint');
  const urls = (endpoints.length > 0 ? endpoints : [await stdin.ask('Endpoint: ')]).map(checkedServer);
  return { found, urls, path };
}

export interface DefaultCluster {
  cluster: string | undefined;
  /** The name of the context. */
  context: string;
}

/** The default cluster of the context in use, and the name of the context. @throws UsageError */
export async function defaultClusterOf(given: GivenSettings, terminal: Terminal): Promise<DefaultCluster> {
  const file = await readConfigurationFile(configurationPlace(given, terminal));
  return { cluster: file?.cluster, context: file?.context ?? defaultContext };
}

/** When to ask for a confirmation. @throws UsageError */
export async function confirmModeOf(given: GivenSettings, terminal: Terminal): Promise<ConfirmMode> {
  const file = await readConfigurationFile(configurationPlace(given, terminal));
  return file?.confirm ?? 'terminal';
}

/**
 * The servers of `COMMCTL_ENDPOINT`, one URL or several between commas, and the token of `COMMCTL_TOKEN`. A person who
 * gives `--context` means another site than that of the variable, and the token beside it is for its servers.
 */
function environmentOf({ context }: Pick<GivenSettings, 'context'>, { environment }: Terminal) {
  const { COMMCTL_ENDPOINT = '' } = environment;
  const endpoints = COMMCTL_ENDPOINT.split(',')
    .map((url) => url.trim())
    .filter(Boolean);
  if (context !== undefined && endpoints.length > 0) return { endpoints: [], token: undefined };
  return { endpoints, token: tokenOfEnvironment(environment) };
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

async function identify(
  { found, urls, path }: Gathered,
  terminal: Terminal,
  { isLogin } = { isLogin: false },
): Promise<Settings> {
  const { stdin } = terminal;
  const { context } = found;
  if (needsNoCredentials({ ...found, endpoints: urls })) return { endpoints: urls, context };
  const servers = { ...(await wayTo(found, urls, terminal)), endpoints: urls, context };
  const { kubeconfig, username } = found;
  if (kubeconfig === undefined && username === undefined && servers.clientCertificate !== undefined) {
    return { ...servers, credentials: servers.clientCertificate };
  }
  if (!stdin.isTerminal) requireCredentials(found, path, isLogin);
  if (kubeconfig === undefined) return { ...servers, credentials: await basicCredentials(found, stdin) };
  const credentials = await kubeconfigCredentials(atHome(kubeconfig, terminal.homeDirectory));
  if ('username' in credentials) checkedUsername(credentials.username);
  return { ...servers, endpoints: urls.map((url) => checkedFor(credentials, url)), credentials };
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
  cluster: undefined,
  confirm: undefined,
  context: defaultContext,
  contexts: [],
};

/** How to reach and trust the servers of a site. @throws UsageError */
export async function wayTo(found: Site, endpoints: readonly string[], { homeDirectory }: Terminal): Promise<Way> {
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

function requireCredentials({ username, password, kubeconfig }: Found, path: string, isLogin: boolean): void {
  if (kubeconfig !== undefined) return;
  if (username === undefined) throw missing('username', path, isLogin ? ', or give it with --username' : '');
  if (password !== undefined) return;
  throw missing('password', path, isLogin ? ', or give it with --password-stdin' : ', or log in with `commctl login`');
}

function missing(member: string, path: string, alternative = ''): UsageError {
  return new UsageError(`no ${member} is configured`, { hint: `add the member "${member}" to ${path}${alternative}` });
}

function noneInUse({ context, contexts }: ConfigurationFile, path: string): UsageError {
  if (context !== defaultContext) return missing('endpoint', path, `, in its context "${context}"`);
  return new UsageError(`no context of ${path} is in use`, {
    hint: `choose one of ${contexts.filter((name) => name !== defaultContext).join(', ')} with \`commctl context use NAME\`, or for one call with --context NAME`,
  });
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
export function checkedServer(text: string): string {
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
