import type { Clock } from '../lib/clock.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { ProxyFor } from '../lib/proxies.ts';
import type { CachingStore } from '../store/cached.ts';

import { Authorizer } from './authorizer.ts';
import { type AuthenticationConfiguration, buildAuthentication } from './build.ts';
import type { AuthenticationChain } from './chain.ts';
import { CurrentAuthentication } from './current.ts';
import { RoleChanges } from './role-changes.ts';
import { roleConfigurationOf, type WrittenRoles } from './role-configuration.ts';
import type { RoleConfiguration } from './rules.ts';
import { siteBindings } from './site-bindings.ts';
import { SiteCollection } from './site-collection.ts';
import { siteRoles } from './site-roles.ts';
import { Attempts } from './throttle/attempts.ts';
import { tokenAuthenticator } from './tokens/authenticator.ts';
import type { TokenKeys } from './tokens/keys.ts';
import { TokenEnds } from './tokens/token-ends.ts';
import { Tokens } from './tokens/tokens.ts';

/** The authentication and the roles of a configuration. */
export interface ConfiguredAccess {
  readonly chain: AuthenticationChain;
  readonly roles: RoleConfiguration;
}

/** Reads a configuration; a part that is given the result uses it. @throws AppError `invalid_configuration` */
export type ReadAccess = (configuration: AuthenticationConfiguration & WrittenRoles) => Promise<ConfiguredAccess>;

/** All reads of one server process, at the start and at each reload, share the counts of failed attempts. */
export function accessReader(outside: {
  clock: Clock;
  logger: Logger;
  stopping: AbortSignal;
  proxyFor: ProxyFor;
}): ReadAccess {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const surroundings = { ...outside, randomBytes, attempts: new Attempts(outside.clock) };
  return async (configuration) => {
    const roles = roleConfigurationOf(configuration);
    return { chain: await buildAuthentication(configuration, surroundings), roles };
  };
}

export interface AuthDependencies {
  store: CachingStore;
  clock: Clock;
  newId: IdSource;
  keys: TokenKeys;
  access: ConfiguredAccess;
}

/** Authentication, permissions and tokens. */
export function authPart({ access, ...dependencies }: AuthDependencies) {
  const { store } = dependencies;
  const authorizer = new Authorizer(store, access.roles);
  const changes = new RoleChanges(store, authorizer);
  const authentication = new CurrentAuthentication(access.chain, [tokenAuthenticator(dependencies)]);
  const services = {
    roles: new SiteCollection(siteRoles, { store, authorizer, changes }),
    roleBindings: new SiteCollection(siteBindings, { store, authorizer, changes }),
    tokens: new Tokens(dependencies),
  };
  const tokenEnds = new TokenEnds(dependencies);
  return {
    services,
    authentication,
    authorizer,
    tokenEnds,
    /** Applies another configuration to later requests. */
    replace(next: ConfiguredAccess): void {
      authentication.replace(next.chain);
      authorizer.replace(next.roles);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      tokenEnds[Symbol.dispose]();
    },
  };
}
