import { readFileSync } from 'node:fs';
import type { ServerConfiguration } from '../../config/configuration.ts';
import { plainValue } from '../../config/given.ts';
import { certificatesOf, daysLeft, isDueForRenewal, isExpiring } from '../../lib/certificate-dates.ts';
import { describeError } from '../../lib/errors.ts';
import type { Check, Found, Site } from './check.ts';

/** The dates of the server's certificate and its CA, of the CAs of clients, and of revocation lists. */
export const certificates: Check = {
  name: 'certificates',
  group: 'certificates',
  async run(site) {
    const { configuration } = site;
    if (configuration === undefined) return [];
    const { tlsPemfile, tlsClientverifyfile } = configuration;
    if (tlsPemfile === undefined) return [{ verdict: 'ok', found: 'the server has no TLS' }];
    return [
      ...attempt(tlsPemfile, () => datesIn(tlsPemfile, site, 'replace it; a reload (SIGUSR1) shows the new one')),
      ...(tlsClientverifyfile === undefined
        ? []
        : attempt(tlsClientverifyfile, () => datesIn(tlsClientverifyfile, site, 'put the renewed CA into the file'))),
      ...(await Promise.all(revocationLists(configuration).map((file) => listDates(file, site)))).flat(),
    ];
  },
};

function datesIn(file: string, site: Site, remedy: string): Found[] {
  const now = site.clock.now().getTime();
  return certificatesOf(file).map((certificate, index): Found => {
    const about = `${certificate.subject} in ${file}`;
    const days = daysLeft(certificate, now);
    const until = new Date(certificate.until).toISOString().slice(0, 10);
    if (days < 0) return { verdict: 'failure', about, found: `expired on ${until}`, remedy };
    if (certificate.from > now) {
      return { verdict: 'failure', about, found: 'is not valid yet', remedy: `set the clock, or ${remedy}` };
    }
    const found = `valid until ${until}, ${days} days`;
    if (isExpiring(certificate, now)) return { verdict: 'warning', about, found, remedy };
    const isRenewed = index === 0 && site.renewsCertificate && isDueForRenewal(certificate, now);
    return { verdict: 'ok', about, found: isRenewed ? `${found}; the server renews it` : found };
  });
}

function revocationLists({ authenticationPlugins }: ServerConfiguration): string[] {
  const options = authenticationPlugins.flatMap((plugin) => plugin.options).filter(({ name }) => name === 'crl');
  const values = options.map(({ value }) => (value.kind === 'scalar' ? plainValue(value) : undefined));
  return values.filter((value) => typeof value === 'string');
}

async function listDates(file: string, { clock }: Site): Promise<Found[]> {
  // The library needs this when it is loaded.
  await import('reflect-metadata');
  const { X509Crl } = await import('@peculiar/x509');
  return attempt(file, () => {
    const blocks = readFileSync(file, 'utf8').match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? [];
    return blocks.map((block): Found => {
      const { nextUpdate, issuer } = new X509Crl(block);
      const about = `revocation list of ${issuer} in ${file}`;
      if (nextUpdate === undefined) return { verdict: 'ok', about, found: 'has no end' };
      const found = `${nextUpdate < clock.now() ? 'ended' : 'ends'} at ${nextUpdate.toISOString()}`;
      if (nextUpdate >= clock.now()) return { verdict: 'ok', about, found };
      return {
        verdict: 'failure',
        about,
        found,
        remedy: 'fetch the next list of that CA: clients are refused until then',
      };
    });
  });
}

function attempt(file: string, work: () => Found[]): Found[] {
  try {
    return work();
  } catch (error) {
    const remedy = 'give a PEM file that the user of the server may read';
    return [{ verdict: 'failure', about: file, found: `cannot be read: ${describeError(error)}`, remedy }];
  }
}
