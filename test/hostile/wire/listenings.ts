import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authority } from '../../support/certificates.ts';
import type { ClientTls } from '../../support/raw-http.ts';

/** One of the ways a server listens: each has another parser or relay in front of the routes. */
export interface Listening {
  readonly name: string;
  /** Writes the files it needs; tells the configuration, and what a client shows. */
  prepare(directory: string, authority: Authority): Promise<{ configuration: object; tls: ClientTls | undefined }>;
}

export const listenings: readonly Listening[] = [
  { name: 'plain HTTP', prepare: async () => ({ configuration: {}, tls: undefined }) },
  {
    name: 'TLS',
    async prepare(directory, authority) {
      return { configuration: await serverPem(directory, authority), tls: { ca: authority.certificate } };
    },
  },
  {
    name: 'TLS with certificates of clients',
    async prepare(directory, authority) {
      const authorities = join(directory, 'authorities.pem');
      writeFileSync(authorities, authority.certificate);
      const { certificate: cert, key } = await authority.issue({ name: 'client' });
      return {
        configuration: { ...(await serverPem(directory, authority)), 'tls-clientverifyfile': authorities },
        tls: { ca: authority.certificate, cert, key },
      };
    },
  },
];

async function serverPem(directory: string, authority: Authority): Promise<{ 'tls-pemfile': string }> {
  const { certificate, key } = await authority.issue({
    name: 'localhost',
    alternativeNames: [{ type: 'dns', value: 'localhost' }],
  });
  const path = join(directory, 'server.pem');
  writeFileSync(path, `${key}\n${certificate}\n`, { mode: 0o600 });
  return { 'tls-pemfile': path };
}
