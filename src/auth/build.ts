import { Faults, mapAll } from '../config/faults.ts';
import { fault, type Given } from '../config/given.ts';
import { suggestName } from '../config/nearest.ts';
import type { PluginConfiguration } from '../config/plugins.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Authenticator } from './authenticator.ts';
import { basicAuthenticator } from './basic.ts';
import { type AuthenticationChain, authenticationChain } from './chain.ts';
import { loadUsers } from './users.ts';

export interface AuthenticationConfiguration {
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly selfAuths: readonly string[];
}

/** What authenticators need from outside. */
export interface AuthenticationSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** One kind of plugin: the options it knows, and how it is made from them. */
interface PluginKind {
  readonly options: readonly string[];
  make(options: ReadonlyMap<string, Given>, surroundings: AuthenticationSurroundings): Authenticator;
}

const kinds: ReadonlyMap<string, PluginKind> = new Map([
  ['httpbasicauth', { options: ['filepath', 'users'], make: makeBasic }],
]);

/**
 * Makes the chain that the configuration asks for. Files of plugins are read now, once.
 *
 * @throws AppError `invalid_configuration` for a plugin or an option that is not known, or that cannot be used
 */
export function buildAuthentication(
  { authenticationPlugins, selfAuths }: AuthenticationConfiguration,
  surroundings: AuthenticationSurroundings,
): AuthenticationChain {
  const { logger } = surroundings;
  const authenticators = mapAll(authenticationPlugins, (plugin) => makeAuthenticator(plugin, surroundings));
  if (authenticators.length === 0) {
    logger.warn({}, 'no authentication-plugins are configured: every request is refused');
  }
  return authenticationChain({ authenticators, selfAuths, logger });
}

function makeAuthenticator(plugin: PluginConfiguration, surroundings: AuthenticationSurroundings): Authenticator {
  const kind = kinds.get(plugin.name);
  if (kind === undefined) {
    const problem = `there is no authentication plugin "${plugin.name}"`;
    throw fault(plugin.where, problem, `the known ones are: ${[...kinds.keys()].join(', ')}`);
  }
  const given = plugin.options.filter(({ value }) => value.kind !== 'scalar' || value.value !== null);
  const options = new Map(given.map(({ name, value }) => [name, value]));
  const faults = new Faults();
  for (const { name, where } of plugin.options) {
    if (kind.options.includes(name)) continue;
    faults.add(fault(where, `${plugin.name} has no option "${name}"`, suggestName(name, kind.options)));
  }
  return faults.conclude(() => kind.make(options, surroundings));
}

function makeBasic(
  options: ReadonlyMap<string, Given>,
  { clock, logger, randomBytes }: AuthenticationSurroundings,
): Authenticator {
  const { hashes, notes } = loadUsers(options.get('users'), options.get('filepath'));
  for (const note of notes) logger.warn({ authenticator: 'httpbasicauth' }, note);
  if (hashes.size === 0) {
    logger.warn({ authenticator: 'httpbasicauth' }, 'there is no user who could log in: give filepath or users');
  }
  return basicAuthenticator({ hashes, clock, randomBytes });
}
