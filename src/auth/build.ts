import { Faults } from '../config/faults.ts';
import { fault } from '../config/given.ts';
import type { PluginConfiguration } from '../config/plugins.ts';
import { suggestName } from '../lib/nearest.ts';
import type { Authenticator } from './authenticator.ts';
import { isPluginFile, loadPluginFile } from './authenticators/file/load.ts';
import type { AuthenticationSurroundings } from './authenticators/kind.ts';
import { authenticatorKinds } from './authenticators/kinds.ts';
import { PluginOptions } from './authenticators/plugin-options.ts';
import { type AuthenticationChain, authenticationChain } from './chain.ts';
import type { Attempts } from './throttle/attempts.ts';

export interface AuthenticationConfiguration {
  readonly authenticationPlugins: readonly PluginConfiguration[];
  readonly selfAuths: readonly string[];
  readonly tlsClientverifyfile?: string | undefined;
}

/**
 * Makes the chain that the configuration asks for. Plugin files are read at this time.
 *
 * @throws AppError `invalid_configuration` for an unknown plugin or option, or one that cannot be used
 */
export async function buildAuthentication(
  { authenticationPlugins, selfAuths, tlsClientverifyfile }: AuthenticationConfiguration,
  { attempts, ...outside }: AuthenticationSurroundings & { attempts: Attempts },
): Promise<AuthenticationChain> {
  const surroundings = { ...outside, clientAuthorities: tlsClientverifyfile };
  const { logger } = surroundings;
  const faults = new Faults();
  const authenticators: Authenticator[] = [];
  for (const plugin of authenticationPlugins) {
    const made = await faults.attemptAsync(() => makeAuthenticator(plugin, surroundings));
    if (made === undefined) continue;
    faults.attempt(() => refuseSharedPrefix(made, authenticators, plugin.where));
    authenticators.push(made);
  }
  faults.end();
  if (authenticators.length === 0) {
    logger.warn({}, 'no authentication-plugins are configured: every request is refused');
  }
  return authenticationChain({ authenticators, selfAuths, attempts, logger });
}

async function makeAuthenticator(
  plugin: PluginConfiguration,
  surroundings: AuthenticationSurroundings,
): Promise<Authenticator> {
  if (isPluginFile(plugin.name)) return loadPluginFile(plugin, surroundings);
  const kind = authenticatorKinds.find(({ name }) => name === plugin.name);
  if (kind === undefined) {
    const problem = `there is no authentication plugin "${plugin.name}"`;
    const known = authenticatorKinds.map(({ name }) => name).join(', ');
    throw fault(
      plugin.where,
      problem,
      `the known ones are: ${known}; one of your own is named by the path of its file`,
    );
  }
  const faults = new Faults();
  for (const { name, where } of plugin.options) {
    if (kind.options.includes(name)) continue;
    faults.add(fault(where, `${plugin.name} has no option "${name}"`, suggestName(name, kind.options)));
  }
  const made = await faults.attemptAsync(() => kind.make(new PluginOptions(plugin), surroundings));
  faults.end();
  if (made === undefined) throw new Error('an authenticator was neither made nor found at fault');
  return made;
}

/** Names with the same prefix would be confused: the `alice` of one service with that of the other. */
function refuseSharedPrefix({ names }: Authenticator, others: readonly Authenticator[], where: string): void {
  const other = others.find((earlier) => earlier.names?.prefix === names?.prefix && earlier.names?.of !== names?.of);
  if (names === undefined || other === undefined) return;
  const problem = `the prefix "${names.prefix}" is also that of ${other.name}, whose users are others`;
  throw fault(where, problem, 'give one of the two another prefix');
}
