import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  connect,
  type DetailedPeerCertificate,
  type PeerCertificate,
  rootCertificates,
} from 'node:tls';
import { certificateFingerprint } from '../lib/fingerprint.ts';
import type { ProxyFor } from '../lib/proxies.ts';
import { describeFault, type TrustFault } from './certificate-fault.ts';
import { ServerCertificate } from './server-certificate.ts';
import { openTunnel } from './tunnel.ts';

/** Which server to trust, beside those whose certificate one of the system's CAs signed. */
export interface ServerTrust {
  /** PEM of the CAs that may sign its certificate, instead of the system's. */
  readonly certificateAuthority?: string;
  /** Where `certificateAuthority` comes from, for messages: the name of its file. */
  readonly certificateAuthorityFile?: string;
  /**
   * SHA-256 of the only certificate that the server may show, in any usual spelling; its name is then ignored. Without
   * `certificateAuthority` the server must also send its CA's certificate, as one set up with `init` does.
   */
  readonly fingerprint?: string;
}

/** What `fetch` must check before it sends anything. */
export interface TrustChecks {
  ca?: string | string[];
  checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** Thrown when a server shows a certificate other than the pinned one. Nothing was sent to it. */
export class WrongCertificate extends Error {
  readonly code = 'COMMISSAIRE_WRONG_CERTIFICATE';
}

/** Determines how to verify a server. */
export class TrustSource {
  readonly #trust: ServerTrust;
  readonly #pin: string | undefined;
  readonly #proxyFor: ProxyFor;
  readonly #chains = new Map<string, string[]>();

  /** @throws TypeError for an invalid fingerprint */
  constructor(trust: ServerTrust, proxyFor: ProxyFor) {
    this.#trust = trust;
    this.#proxyFor = proxyFor;
    this.#pin = trust.fingerprint === undefined ? undefined : certificateFingerprint(trust.fingerprint);
    if (trust.fingerprint !== undefined && this.#pin === undefined) {
      throw new TypeError(`"${trust.fingerprint}" is not the SHA-256 of a certificate`);
    }
  }

  /**
   * For a pin without a CA, the server is asked for its chain first: a connection of `fetch` checks the pin only after
   * the chain was verified.
   *
   * @throws WrongCertificate, or the error of the connection
   */
  async checksFor(base: string, signal: AbortSignal): Promise<TrustChecks> {
    const { certificateAuthority: ca } = this.#trust;
    const pin = this.#pin;
    if (!base.startsWith('https:')) return {};
    if (pin === undefined) return ca === undefined ? {} : { ca };
    const checkServerIdentity = (_host: string, { raw }: PeerCertificate) => mismatch(raw, pin);
    if (ca !== undefined) return { ca, checkServerIdentity };
    const chain = this.#chains.get(base) ?? pinnedChain(await this.#shownChain(base, signal), pin);
    this.#chains.set(base, chain);
    return { ca: [...rootCertificates, ...chain], checkServerIdentity };
  }

  /**
   * The certificate that a server shows, without verifying it.
   *
   * @throws the error of the connection
   */
  async certificateOf(base: string, signal: AbortSignal): Promise<ServerCertificate> {
    const [own] = await this.#shownChain(base, signal);
    if (own === undefined) throw new WrongCertificate('it showed no certificate');
    return new ServerCertificate(own);
  }

  /** Why the certificate of a server does not fit, for a message. */
  describe(fault: TrustFault, certificate: ServerCertificate, { base, now }: { base: string; now: Date }): string {
    const { certificateAuthority, certificateAuthorityFile = 'that was given' } = this.#trust;
    const authority = certificateAuthority === undefined ? undefined : certificateAuthorityFile;
    return describeFault(fault, certificate, { host: hostOf(base), now, authority });
  }

  async #shownChain(base: string, signal: AbortSignal): Promise<Buffer[]> {
    return shownChain(await connectionTo(base, this.#proxyFor(base), signal), signal);
  }
}

/** Where to open TLS: at the server itself, or in the tunnel of a proxy. */
async function connectionTo(
  base: string,
  { proxy }: ReturnType<ProxyFor>,
  signal: AbortSignal,
): Promise<ConnectionOptions> {
  const { hostname, port: written } = new URL(base);
  const host = hostOf(base);
  const port = Number(written || 443);
  if (proxy === false) return { host, port };
  const socket = await openTunnel(proxy.url, `${hostname}:${port}`, signal);
  return isIP(host) === 0 ? { socket, servername: host } : { socket };
}

function mismatch(certificate: Uint8Array, pin: string): WrongCertificate | undefined {
  // In the spelling of openssl and `commissaire init`.
  const { fingerprint256: shown } = new X509Certificate(certificate);
  if (certificateFingerprint(shown) === pin) return undefined;
  return new WrongCertificate(`its certificate has another fingerprint: ${shown}`);
}

function hostOf(base: string): string {
  return new URL(base).hostname.replace(/^\[|\]$/g, '');
}

/** The certificates in PEM, when the first of them is the pinned one. */
function pinnedChain(chain: readonly Buffer[], pin: string): string[] {
  const [own] = chain;
  // The pin is checked here, and again by the connection that sends the request.
  const wrong = own === undefined ? new WrongCertificate('it showed no certificate') : mismatch(own, pin);
  if (wrong !== undefined) throw wrong;
  return chain.map(pemOf);
}

/** The certificates that a server shows. They are not verified. */
function shownChain(connection: ConnectionOptions, signal: AbortSignal): Promise<Buffer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...connection, rejectUnauthorized: false }, () => {
      const chain = chainOf(socket.getPeerCertificate(true));
      socket.destroy();
      resolve(chain);
    });
    const giveUp = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('given up'));
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', giveUp);
      reject(new Error('the connection was closed'));
    });
  });
}

function chainOf(own: DetailedPeerCertificate): Buffer[] {
  const chain = new Set<DetailedPeerCertificate>();
  let next: DetailedPeerCertificate | undefined = own;
  while (next?.raw !== undefined && !chain.has(next)) {
    chain.add(next);
    next = next.issuerCertificate;
  }
  return [...chain].map(({ raw }) => raw);
}

function pemOf(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
