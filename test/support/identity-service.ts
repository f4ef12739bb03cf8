import { makeAuthority } from './certificates.ts';

type Answer = (request: Request) => Response | Promise<Response>;

/** A real HTTPS server that tells who somebody is. */
export interface IdentityService extends Disposable {
  readonly url: string;
  /** PEM of the authority that vouches for it. */
  readonly authority: string;
  /** A client certificate of that authority. */
  readonly client: { certificate: string; key: string };
  /** How often it was asked. */
  asked: number;
  /** Answers in its place, where it is set. */
  interfere: Answer | undefined;
}

export interface ServiceOptions {
  /** Whether it wants a client certificate of its authority. */
  clientCertificates?: boolean;
}

export async function startIdentityService(
  answer: Answer,
  { clientCertificates = false }: ServiceOptions = {},
): Promise<IdentityService> {
  const authority = await makeAuthority('the site');
  const own = await authority.issue({ address: '127.0.0.1' });
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    tls: {
      cert: own.certificate,
      key: own.key,
      ...(clientCertificates ? { ca: authority.certificate, requestCert: true, rejectUnauthorized: true } : {}),
    },
    fetch(request) {
      service.asked += 1;
      return (service.interfere ?? answer)(request);
    },
  });
  const service: IdentityService = {
    url: `https://127.0.0.1:${server.port}`,
    authority: authority.certificate,
    client: await authority.issue({ name: 'commissaire' }),
    asked: 0,
    interfere: undefined,
    [Symbol.dispose]() {
      server.stop(true).catch(() => {});
    },
  };
  return service;
}
