import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { abortable } from '../lib/abortable.ts';
import { canonicalAddress } from '../lib/addresses.ts';
import { type Destinations, destinationsOf } from '../lib/destinations.ts';
import { AppError } from '../lib/errors.ts';
import { withoutProxy } from '../lib/proxies.ts';

/** Asks the URL of a gate for one machine. */
export interface HttpGate {
  /** @throws AppError `gate_failed` unless it answers 2xx; what `fetch` throws when it does not answer */
  ask(template: string, address: string, signal: AbortSignal): Promise<void>;
}

/** Resolves a name to addresses, IPv4 and IPv6, as text. */
export type Resolve = (name: string) => Promise<readonly string[]>;

const mostRedirects = 5;
const askMs = 10_000;

/**
 * The gates that the server asks over HTTP. A caller who may start an operation chooses their URLs, and the server may
 * reach more than that caller. The server therefore asks the machine itself, and other destinations only where its
 * configuration allows them.
 */
export class HttpGates implements HttpGate {
  readonly #destinations: Destinations;
  readonly #resolve: Resolve;

  /** @param destinations the values of the option `gate-destinations` */
  constructor(destinations: readonly string[] = [], resolve: Resolve = resolveByTheSystem) {
    this.#destinations = destinationsOf(destinations);
    this.#resolve = resolve;
  }

  /**
   * Why a gate cannot hold for a machine, as far as its URL says; what a name resolves to is checked when the gate is
   * asked. Undefined when it may hold.
   */
  fault(template: string, address: string): string | undefined {
    if (isOfTheMachine(template) && urlOf(template, 'localhost') !== null) return undefined;
    const place = placeOf(urlOf(template, address));
    if (typeof place === 'string') return place;
    const { host, port } = place;
    if (this.#isAllowed(place, address)) return undefined;
    if (isIP(host) === 0 && this.#destinations.allowsSomeAddress(port)) return undefined;
    return notAllowed(`${host}:${port}`, address);
  }

  async ask(template: string, address: string, signal: AbortSignal): Promise<void> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
    let url = urlOf(template, address);
    for (let redirects = 0; ; redirects += 1) {
      const response = await this.#fetch(url, address, within);
      await response.body?.cancel();
      if (response.ok) return;
      const location = isRedirect(response) ? response.headers.get('location') : null;
      if (location === null) throw closed(`it answered ${response.status}`);
      if (redirects === mostRedirects) throw closed(`it answered with more than ${mostRedirects} redirects`);
      url = URL.parse(location, url?.href);
    }
  }

  /** Connects to the address that was checked: the name may resolve to another one a moment later. */
  async #fetch(url: URL | null, address: string, signal: AbortSignal): Promise<Response> {
    const place = placeOf(url);
    if (typeof place === 'string') throw closed(place);
    const options = { ...withoutProxy, signal, redirect: 'manual' } as const;
    if (this.#isAllowed(place, address)) return fetch(place.url, options);
    const { host, port } = place;
    const resolved = isIP(host) === 0 ? await abortable(this.#resolve(host), signal) : [];
    const target = addressesIn(resolved).find((each) => this.#destinations.allowsAddress(each, port));
    if (target === undefined) throw closed(notAllowed(`${host}:${port}`, address));
    const direct = new URL(place.url);
    direct.hostname = bracketed(target);
    return fetch(direct, { ...options, headers: { host: place.url.host }, tls: { serverName: host } });
  }

  #isAllowed({ host, port }: Place, address: string): boolean {
    if (host === address) return true;
    return isIP(host) === 0 ? this.#destinations.allowsName(host, port) : this.#destinations.allowsAddress(host, port);
  }
}

/** Asks every gate as earlier versions did: operations that they started keep their gates. */
export const httpGateOfEarlierVersions: HttpGate = {
  async ask(template, address, signal) {
    const url = template.replaceAll('{address}', bracketed(address));
    const response = await fetch(url, {
      ...withoutProxy,
      signal: AbortSignal.any([signal, AbortSignal.timeout(askMs)]),
    });
    await response.body?.cancel();
    if (!response.ok) throw closed(`it answered ${response.status}`);
  },
};

interface Place {
  url: URL;
  /** In canonical form: the URL parser turns numbers in all their forms into addresses. */
  host: string;
  port: number;
}

/** Where a URL leads, or why it is refused, in words. */
function placeOf(url: URL | null): Place | string {
  if (url === null) return 'its URL is none';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `${url.protocol} is neither http: nor https:`;
  if (url.username !== '' || url.password !== '') return 'a user name or a password has no place in its URL';
  try {
    const host = canonicalAddress(url.hostname.replace(/^\[(.*)\]$/, '$1'));
    return { url, host, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
  } catch {
    return `${url.hostname.slice(0, 80)} is neither an address nor the name of a host`;
  }
}

/** Whether the URL leads to the machine whatever its address is, so that it need not be checked for each machine. */
function isOfTheMachine(template: string): boolean {
  return /^https?:\/\/\{address\}(:\d{1,5})?([/?#][^{]*)?$/.test(template);
}

function urlOf(template: string, address: string): URL | null {
  return URL.parse(template.replaceAll('{address}', bracketed(address)));
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function notAllowed(destination: string, address: string): string {
  return `${destination} is not the machine (${address}), and the option gate-destinations of the server does not allow it`;
}

function closed(why: string): AppError {
  return new AppError('gate_failed', why);
}

/** Leaves out addresses that are valid on a single interface only: they are of no use here. */
function addressesIn(resolved: readonly string[]): string[] {
  return resolved.filter((text) => isIP(text) !== 0 && !text.includes('%')).map(canonicalAddress);
}

async function resolveByTheSystem(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
