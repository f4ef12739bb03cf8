import { type Environment, misspeltVariables } from './environment.ts';
import type { ServerConfiguration } from './load.ts';
import { serverOptions } from './options.ts';
import { isExposed } from './plain-http.ts';
import { readPlugins } from './plugins.ts';
import type { Settings } from './settings.ts';

/** What an operator should read in the log about a configuration that is otherwise fine. */
export function configurationNotes(
  configuration: ServerConfiguration,
  settings: Settings,
  environment: Environment,
): string[] {
  const { listenInterface, selfAuths, authenticationPlugins } = configuration;
  const notes: string[] = [];
  const ignored = serverOptions.filter(({ name, type }) => type === 'ignored' && settings.find(name) !== undefined);
  if (ignored.length > 0) {
    const names = ignored.map(({ name }) => name).join(', ');
    notes.push(`accepted and ignored, as all services run inside this server: ${names}`);
  }
  if (isExposed(configuration)) {
    notes.push(`insecure: passwords reach ${listenInterface} over plain HTTP, readable by everybody on the way`);
  }
  if (selfAuths.length > 0) {
    notes.push(`self-auths: ${selfAuths.join(', ')} can be called without credentials, but with no permissions`);
  }
  const given = settings.find('authentication-plugins');
  if (given !== undefined && readPlugins(given).length > authenticationPlugins.length) {
    notes.push('authentication-plugins names a plugin twice: the last one counts');
  }
  for (const { name, meant } of misspeltVariables(environment)) {
    notes.push(`the environment variable ${name} is not known; did you mean ${meant}?`);
  }
  return notes;
}
