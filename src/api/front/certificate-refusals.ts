import type { TLSSocket } from 'node:tls';
import { cidrOf } from '../../lib/cidr-of.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemErrorCode } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import { shortened } from '../../lib/shortened.ts';

/** Milliseconds between two log lines about one sender. */
const pauseMs = 60_000;
/** The most senders that are told apart; the one that was logged first is forgotten. */
const mostSenders = 1_000;
/** Characters of a name in a certificate, which a stranger may have made. */
const longestName = 200;

/**
 * Logs why connections were refused for their client certificate, because TLS tells the client nothing: the handshake is
 * over when the runtime verifies the certificate. Each sender has one line a minute, with the number of refusals since the
 * line before.
 */
export class CertificateRefusals {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #senders = new Map<string, { loggedAt: number; unlogged: number }>();

  constructor({ clock, logger }: { clock: Clock; logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** @param error what the handshake ended with; errors that are not about the certificate are left out */
  add(error: unknown, peer: string, socket: TLSSocket): void {
    const reason = reasons[systemErrorCode(error) ?? ''];
    if (reason === undefined) return;
    const sender = cidrOf(peer);
    const known = this.#senders.get(sender);
    const now = this.#clock.monotonic();
    if (known !== undefined && now - known.loggedAt < pauseMs) {
      known.unlogged += 1;
      return;
    }
    this.#senders.delete(sender);
    this.#senders.set(sender, { loggedAt: now, unlogged: 0 });
    for (const first of this.#senders.keys()) {
      if (this.#senders.size <= mostSenders) break;
      this.#senders.delete(first);
    }
    const more = known === undefined || known.unlogged === 0 ? {} : { refused_since: known.unlogged };
    this.#logger.warn({ peer, ...namesOf(socket), reason, ...more }, 'a client certificate was refused');
  }
}

const unknownAuthority = 'it comes from a CA that tls-clientverifyfile does not have';
const reasons: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  CERT_SIGNATURE_FAILURE: 'its signature is not that of the CA that it names',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  INVALID_PURPOSE: 'its extended key usage does not allow a client (clientAuth)',
  INVALID_CA: 'a certificate of its chain is not that of a CA',
  PATH_LENGTH_EXCEEDED: 'its chain is longer than its CA allows',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client showed none',
};

/** The names in a certificate that was not verified. */
function namesOf(socket: TLSSocket): { subject?: string; issuer?: string } {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return {};
  const { subject, issuer } = certificate;
  return { subject: shortened(subject, longestName), issuer: shortened(issuer, longestName) };
}
