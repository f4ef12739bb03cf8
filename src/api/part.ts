import type { Authorizer } from '../auth/authorizer.ts';
import type { AuthenticationChain } from '../auth/chain.ts';
import { RequestRate } from '../auth/throttle/request-rate.ts';
import type { TokenEnds } from '../auth/tokens/token-ends.ts';
import { Events } from '../events/events.ts';
import type { Memberships } from '../inventory/memberships.ts';
import type { Clock } from '../lib/clock.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { ServerReader } from '../lib/server-reader.ts';
import { noTracer } from '../lib/tracing.ts';
import type { Store } from '../store/contract.ts';
import { type ApiOptions, createApi } from './app.ts';

export interface ApiDependencies extends Pick<ApiOptions, 'tracer' | 'onAnswered'> {
  store: Store;
  clock: Clock;
  logger: Logger;
  newId: IdSource;
  services: Omit<ApiOptions['services'], 'events' | 'whereabouts' | 'unready' | 'apiDocument' | 'server'>;
  /** What the API tells of the server; it is given why the API is not ready. */
  server: (unready: () => string | undefined) => ServerReader;
  memberships: Memberships;
  auth: { authentication: AuthenticationChain; authorizer: Authorizer; tokenEnds: TokenEnds };
  configuration: ApiConfiguration;
  /** Milliseconds between two heartbeats to followers of the events. */
  heartbeat?: number;
}

export interface ApiConfiguration {
  readonly trustedProxies: readonly string[];
  readonly rateLimit: number;
}

/** The HTTP API. It is ready once it has started, and until it is disposed of. */
export function apiPart({ services, memberships, auth, configuration, server, ...outside }: ApiDependencies) {
  const { clock, logger, newId, tracer = noTracer, onAnswered } = outside;
  const { trustedProxies, rateLimit } = configuration;
  const { authentication, authorizer, tokenEnds } = auth;
  const whereabouts = {
    clusterOf: (address: string) => memberships.clusterOf(address),
    clustersOfOperation: (reference: string) => services.operationViews.scopeOf(reference),
    everywhere: () => memberships.everywhere(),
  };
  let unready: string | undefined = 'the server is starting';
  const opened = new AsyncDisposableStack();
  const events = new Events(outside);
  let written: Promise<string> | undefined;
  const apiDocument = () => {
    written ??= import('./openapi/document.ts').then(({ openApiDocument }) => JSON.stringify(openApiDocument()));
    return written;
  };
  const reader = server(() => unready);
  const api = createApi({
    services: { ...services, events, whereabouts, apiDocument, unready: () => unready, server: reader },
    authentication,
    accessOf: (identity) => authorizer.accessOf(identity),
    endOfToken: (id) => tokenEnds.endOf(id),
    logger,
    clock,
    newId,
    tracer,
    onAnswered,
    trustedProxies,
    ...(rateLimit === 0 ? {} : { requestRate: new RequestRate(clock, rateLimit) }),
  });
  opened.use(api);
  opened.use(events);
  return {
    handle: api.handle,
    server: reader,
    followers: () => events.feed.followers(),
    async begin(): Promise<void> {
      unready = undefined;
    },
    /** The API still answers, and says that it is not ready. */
    drain(): void {
      unready = 'the server is stopping';
    },
    async [Symbol.asyncDispose](): Promise<void> {
      unready = 'the server is stopping';
      await opened.disposeAsync();
    },
  };
}
