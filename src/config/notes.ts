import { proxyVariables } from '../lib/proxies.ts';
import type { ServerConfiguration } from './configuration.ts';
import { type Environment, misspeltVariables } from './environment.ts';
import { serverOptions } from './options.ts';
import { originalLevels } from './original-logging.ts';
import { isExposed } from './plain-http.ts';
import type { Settings } from './settings.ts';

/** Notes about a valid configuration, for the log. */
export function configurationNotes(
  configuration: ServerConfiguration,
  settings: Settings,
  environment: Environment,
): string[] {
  const { listenInterface, selfAuths, authenticationPlugins, roleBindings, defaultRole } = configuration;
  const notes: string[] = [];
  const ignored = serverOptions.filter(({ name, type }) => type === 'ignored' && settings.find(name) !== undefined);
  if (ignored.length > 0) {
    const names = ignored.map(({ name }) => name).join(', ');
    notes.push(`accepted and ignored, as all services run inside this server: ${names}`);
  }
  const { unknown } = originalLevels(settings.find('logging'));
  if (unknown.length > 0) {
    notes.push(`logging: nothing here corresponds to the loggers ${unknown.join(', ')}; see log-levels`);
  }
  if (isExposed(configuration)) {
    notes.push(`insecure: passwords reach ${listenInterface} over plain HTTP, readable by everybody on the way`);
  }
  if (configuration.tlsPemfile === undefined && configuration.tlsClientverifyfile !== undefined) {
    notes.push('tls-clientverifyfile is ignored: without tls-pemfile there is no TLS');
  }
  if (selfAuths.length > 0) {
    notes.push(`self-auths: ${selfAuths.join(', ')} can be called without credentials, but with no permissions`);
  }
  if (authenticationPlugins.length > 0 && defaultRole === undefined) {
    notes.push(
      roleBindings.length === 0
        ? 'no role-bindings and no default-role are configured: every user may do everything, as in the original'
        : 'no default-role is configured: every user to whom no role is bound may do everything, as in the original',
    );
  }
  const unused = configuration.proxy === undefined ? proxyVariables(environment) : [];
  if (unused.length > 0) {
    notes.push(
      `not used: ${unused.join(', ')} of the environment. The option proxy, or COMMISSAIRE_PROXY, names a proxy for webhooks, identity services and container managers`,
    );
  }
  for (const { name, meant } of misspeltVariables(environment)) {
    notes.push(`the environment variable ${name} is not known; did you mean ${meant}?`);
  }
  return notes;
}
