import { hostname } from 'node:os';
import type { Listener } from '../api/listening.ts';
import type { LocalAct } from '../audit/local-act.ts';
import type { ServerConfiguration } from '../config/configuration.ts';
import {
  certificatesOf,
  type DatedCertificate,
  daysLeft,
  isDueForRenewal,
  isExpiring,
} from '../lib/certificate-dates.ts';
import { type Clock, dayMs } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { NewEvent } from '../store/contract.ts';
import { readServerTls } from './certificate.ts';
import { isOwnCertificate } from './own-certificate.ts';

export type TlsConfiguration = Pick<
  ServerConfiguration,
  'tlsPemfile' | 'tlsClientverifyfile' | 'dataDir' | 'certificateRenewal'
>;

export interface CertificateRenewalOptions {
  readonly configuration: TlsConfiguration;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Does work that no request asked for, and writes it to the audit trail. */
  readonly audited: <R>(act: LocalAct, work: () => Promise<R>) => Promise<R>;
  readonly emit: (event: NewEvent) => Promise<void>;
  readonly listener: Pick<Listener, 'replaceTls'>;
}

const betweenLooksMs = 6 * 3_600_000;
/** Each of these numbers of days before the end has its own event. */
const thresholds = [30, 14, 7, 3, 1, 0];

/**
 * Renews the certificate that `init` made while a third of its life is left, and shows it to new connections. Every
 * other certificate is left alone: the log and an event say when it expires.
 */
export class CertificateRenewal implements AsyncDisposable {
  readonly #options: CertificateRenewalOptions;
  readonly #stopping = new AbortController();
  readonly #told = new Map<string, number>();
  #configuration: TlsConfiguration;
  #running: Promise<void> | undefined;

  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
  }

  /** From now on it is about the files of this configuration, because a reload has taken it over. */
  follow(configuration: TlsConfiguration): void {
    this.#configuration = configuration;
  }

  begin(): void {
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Renews what is due, and reports what expires. Never throws: the next look tries again. */
  async look(): Promise<void> {
    const { logger } = this.#options;
    const { tlsPemfile, tlsClientverifyfile } = this.#configuration;
    if (tlsPemfile === undefined) return;
    try {
      await this.#renewIfDue(tlsPemfile);
    } catch (error) {
      logger.error({ file: tlsPemfile, reason: describeError(error) }, 'the certificate of the server was not renewed');
    }
    for (const file of [tlsPemfile, tlsClientverifyfile]) if (file !== undefined) await this.#reportExpiring(file);
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.look();
      await clock.sleep(betweenLooksMs, signal).catch(() => undefined);
    }
  }

  async #renewIfDue(file: string): Promise<void> {
    const { clock, logger, audited, emit } = this.#options;
    const { dataDir, certificateRenewal } = this.#configuration;
    const now = clock.now();
    if (certificateRenewal === 'never' || !isOwnCertificate(file, dataDir)) return;
    const [former, authority] = certificatesOf(file);
    if (former === undefined || !isDueForRenewal(former, now.getTime())) return;
    // No certificate outlives its CA, so a new one would end with the present one.
    if (authority !== undefined && authority.until - former.until < dayMs) return;
    const act = { who: '', method: 'timer', action: 'certificate renew', target: file, permission: '' };
    const { fingerprint } = await audited(act, async () => {
      // Imported late: a start does not wait for the library that makes certificates.
      const { renewServer } = await import('./pki/certificates.ts');
      const renewed = await renewServer(dataDir, [], { now, hostName: hostname() });
      this.#show();
      return renewed;
    });
    const told = { file, fingerprint, former: former.fingerprint };
    logger.warn(told, 'renewed the certificate of the server: clients that pin its fingerprint need the new one');
    await emit({ type: 'certificate', action: 'renewed', key: 'server', data: { fingerprint, former: told.former } });
  }

  /** New connections use the certificate that is now in the file; existing ones keep theirs. */
  #show(): void {
    const tls = readServerTls(this.#configuration);
    if (tls !== undefined) this.#options.listener.replaceTls?.(tls);
  }

  async #reportExpiring(file: string): Promise<void> {
    try {
      const now = this.#options.clock.now().getTime();
      for (const each of certificatesOf(file)) if (isExpiring(each, now)) await this.#report(each, daysLeft(each, now));
    } catch (error) {
      const { logger } = this.#options;
      logger.error({ file, reason: describeError(error) }, 'the dates of the certificates cannot be examined');
    }
  }

  async #report({ file, subject, fingerprint, until }: DatedCertificate, days: number): Promise<void> {
    const { logger, emit } = this.#options;
    const at = new Date(until).toISOString();
    logger.warn(
      { file, subject, until: at, days },
      days < 0 ? 'a certificate has expired' : 'a certificate expires soon',
    );
    const passed = thresholds.findLast((threshold) => days <= threshold) ?? thresholds[0] ?? 0;
    if ((this.#told.get(fingerprint) ?? Number.POSITIVE_INFINITY) <= passed) return;
    await emit({ type: 'certificate', action: 'expiring', key: fingerprint, data: { file, subject, until: at, days } });
    this.#told.set(fingerprint, passed);
  }
}
