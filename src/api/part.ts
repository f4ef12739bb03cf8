import type { Authorizer } from '../auth/authorizer.ts';
import type { AuthenticationChain } from '../auth/chain.ts';
import { RequestRate } from '../auth/throttle/request-rate.ts';
import type { TokenEnds } from '../auth/tokens/token-ends.ts';
import { Events } from '../events/events.ts';
import type { Memberships } from '../inventory/memberships.ts';
import type { Clock } from '../lib/clock.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store } from '../store/contract.ts';
import { type ApiOptions, createApi } from './app.ts';

export interface ApiDependencies {
  store: Store;
  clock: Clock;
  logger: Logger;
  newId: IdSource;
  services: Omit<ApiOptions['services'], 'events' | 'whereabouts' | 'unready' | 'apiDocument'>;
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
export function apiPart({ services, memberships, auth, configuration, ...outside }: ApiDependencies) {
  const { clock, logger, newId } = outside;
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
  const api = createApi({
    services: { ...services, events, whereabouts, apiDocument, unready: () => unready },
    authentication,
    accessOf: (identity) => authorizer.accessOf(identity),
    endOfToken: (id) => tokenEnds.endOf(id),
    logger,
    clock,
    newId,
    trustedProxies,
    ...(rateLimit === 0 ? {} : { requestRate: new RequestRate(clock, rateLimit) }),
  });
  opened.use(api);
  opened.use(events);
  return {
    handle: api.handle,
    async begin(): Promise<void> {
      unready = undefined;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      unready = 'the server is stopping';
      await opened.disposeAsync();
    },
  };
}
