import { readFileSync } from 'node:fs';
import type { ServerConfiguration } from '../../config/configuration.ts';
import { plainValue } from '../../config/given.ts';
import type { PluginConfiguration } from '../../config/plugins.ts';
import type { Endpoint, Site } from './check.ts';

/** The servers that ours has to reach: identity services, webhooks and container managers. */
export async function endpointsOf({ configuration, containerManagers }: Site): Promise<Endpoint[]> {
  if (configuration === undefined) return [];
  const managers = await containerManagers();
  return [...identityServices(configuration), ...webhooks(configuration), ...managers];
}

function identityServices({ authenticationPlugins }: ServerConfiguration): Endpoint[] {
  return authenticationPlugins.flatMap((plugin) => {
    const urls = textsOf(plugin).filter(({ value }) => /^https?:\/\//.test(value));
    const [authority] = textsOf(plugin).filter(({ name }) => name === 'ca');
    const insecure = plugin.options.some(
      ({ name, value }) => name === 'insecure' && value.kind === 'scalar' && plainValue(value) === true,
    );
    const pem = authority === undefined ? undefined : contentOf(authority.value);
    return urls.map(({ name, value }) => ({
      what: `${name} of ${plugin.name}`,
      url: originOf(value),
      authority: pem,
      insecure,
    }));
  });
}

function webhooks({ hooks }: ServerConfiguration): Endpoint[] {
  return hooks.flatMap(({ name, act }) =>
    act.kind === 'url' ? [{ what: `hook ${name}`, url: originOf(act.url) }] : [],
  );
}

function textsOf({ options }: PluginConfiguration): { name: string; value: string }[] {
  return options.flatMap(({ name, value }) => {
    const text = value.kind === 'scalar' ? plainValue(value) : undefined;
    return typeof text === 'string' ? [{ name, value: text }] : [];
  });
}

/** The path of a webhook is a secret, and so is a password in a URL. */
export function originOf(url: string): string {
  return URL.parse(url)?.origin ?? 'no URL';
}

/** The check of the configuration reports a file that cannot be read. */
function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
