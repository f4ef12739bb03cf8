import { canonicalAddress } from './addresses.ts';
import { isLoopback } from './loopback.ts';
import { proxyExceptionsOf } from './proxy-exceptions.ts';

/**
 * How `fetch` reaches a peer. It is given to every `fetch` of the product: without it, the runtime would use the proxy
 * that the environment names (`http_proxy`, `HTTPS_PROXY`, …), and with a proxy alone it would obey `NO_PROXY`.
 */
export type ProxySetting =
  | { readonly proxy: false }
  | { readonly proxy: { readonly url: string; readonly respectNoProxy: false } };

/** Determines how to reach a URL. */
export type ProxyFor = (url: string | URL) => ProxySetting;

/** The options of the product that name a proxy. */
export interface ProxyOptions {
  /** The URL of an HTTP proxy, as `proxyFault` allows it; without one every peer is reached directly. */
  readonly proxy?: string | undefined;
  /** The hosts that are reached without it, as `proxyExceptionsOf` reads them. */
  readonly noProxy?: readonly string[] | undefined;
}

/** The peer itself is asked. A proxy would answer in the place of a machine that does not. */
export const withoutProxy: { readonly proxy: false } = { proxy: false };

/** For what needs a `ProxyFor` where no proxy is configured. */
export const neverByProxy: ProxyFor = () => withoutProxy;

/** The proxies that our options name. This machine is always reached directly: a proxy cannot reach it. */
export function proxiesOf({ proxy, noProxy = [] }: ProxyOptions): ProxyFor {
  if (proxy === undefined) return neverByProxy;
  const isExcepted = proxyExceptionsOf(noProxy);
  const byProxy = { proxy: { url: proxy, respectNoProxy: false } } as const;
  return (url) => {
    const { host, port } = placeOf(new URL(url));
    return isThisMachine(host) || isExcepted(host, port) ? withoutProxy : byProxy;
  };
}

/** Whether a URL, or `unix:/path`, leads to this machine. */
export function reachesThisMachine(url: string): boolean {
  return url.startsWith('unix:') || isThisMachine(placeOf(new URL(url)).host);
}

/** For a message about a failed connection: the proxy it was made through, if any, without its credentials. */
export function throughProxy({ proxy }: ProxySetting): string {
  return proxy === false ? '' : ` through the proxy ${new URL(proxy.url).origin}`;
}

/** Why a text cannot name a proxy, in words that do not repeat it, because it may hold a password. */
export function proxyFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^[a-z][a-z\d+.-]*:\/\//i.test(text)) return 'it is not a URL';
  if (url.protocol !== 'http:') return `its scheme is ${url.protocol.slice(0, -1)}, and only http is supported`;
  return url.pathname === '/' && url.search === '' && url.hash === '' ? undefined : 'a path has no place in it';
}

/** The variables of an environment that name a proxy, in other programs. */
export function proxyVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const isOne = /^(https?|all)_proxy$/i;
  return Object.keys(environment).filter((name) => isOne.test(name) && (environment[name] ?? '') !== '');
}

function placeOf({ hostname, port, protocol }: URL): { host: string; port: number } {
  return {
    host: spelt(hostname.replace(/^\[(.*)\]$/, '$1')),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
  };
}

function spelt(host: string): string {
  try {
    return canonicalAddress(host);
  } catch {
    return host;
  }
}

/** The unspecified addresses lead to this machine too; names below `localhost` are RFC 6761, 6.3. */
function isThisMachine(host: string): boolean {
  return isLoopback(host) || host.endsWith('.localhost') || host === '0.0.0.0' || host === '::';
}
