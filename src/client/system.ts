import type { ServerChecks, ServerInfo } from '../api/server.ts';
import type { ServerStatus } from '../api/system.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export type { ServerChecks, ServerInfo } from '../api/server.ts';
export type { ServerStatus } from '../api/system.ts';

/** Liveness, readiness and version of the server. All but `status` need no credentials. */
export function system(transport: Transport) {
  return {
    livez: (signal?: AbortSignal) => transport.object<{ status: string }>({ method: 'GET', path: '/livez', signal }),

    /** @throws ProblemError `shutting_down` while the server is not ready */
    readyz: (signal?: AbortSignal) => transport.object<{ status: string }>({ method: 'GET', path: '/readyz', signal }),

    version: (signal?: AbortSignal) =>
      transport.object<{ name: string; version: string }>({ method: 'GET', path: '/version', signal }),

    /** The API as an OpenAPI 3.1 document. */
    document: (signal?: AbortSignal) =>
      transport.object<Record<string, unknown>>({ method: 'GET', path: '/openapi.json', signal }),

    /** Version, features, counts and limits. */
    info: (signal?: AbortSignal) => transport.object<ServerInfo>({ method: 'GET', path: path`/server`, signal }),

    /** Every check, with the reasons of those that fail. */
    checks: (signal?: AbortSignal) =>
      transport.object<ServerChecks>({ method: 'GET', path: path`/server/checks`, signal }),

    status: (signal?: AbortSignal) => transport.object<ServerStatus>({ method: 'GET', path: path`/status`, signal }),
  };
}
