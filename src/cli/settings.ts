import { join } from 'node:path';
import type { BasicCredentials } from '../client/basic-authorization.ts';
import { readConfigurationFile } from './configuration-file.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Where the servers are and who is calling. */
export interface Settings {
  endpoints: readonly string[];
  credentials: BasicCredentials;
}

export interface GivenSettings {
  /** `--config` */
  config: string | undefined;
  /** `--endpoint`, which overrides the file. */
  endpoint: readonly string[];
}

/**
 * Flags before the configuration file, and what neither says is asked for when somebody is there to answer.
 *
 * @throws UsageError, Interrupted
 */
export async function settle(given: GivenSettings, terminal: Terminal): Promise<Settings> {
  const named = given.config ?? terminal.environment.COMMCTL_CONFIG;
  const path = named ?? join(terminal.homeDirectory, '.commissaire.json');
  const file = await readConfigurationFile(path);
  if (file === undefined && named !== undefined) throw new UsageError(`there is no configuration file ${path}`);
  if (file?.warning !== undefined) await terminal.stderr.write(`${file.warning}\n`);
  const { stdin } = terminal;
  const found: Found = file ?? { endpoints: [], username: undefined, password: undefined };
  const endpoints = given.endpoint.length > 0 ? given.endpoint : found.endpoints;
  if (!stdin.isTerminal) requireAll({ ...found, endpoints }, path);
  return {
    endpoints: (endpoints.length > 0 ? endpoints : [await stdin.ask('Endpoint: ')]).map(checkedEndpoint),
    credentials: {
      username: checkedUsername(found.username ?? (await stdin.ask('Username: '))),
      password: found.password ?? (await stdin.askSecret('Password: ')),
    },
  };
}

/** What is known before anybody is asked. */
interface Found {
  endpoints: readonly string[];
  username: string | undefined;
  password: string | undefined;
}

function requireAll({ endpoints, username, password }: Found, path: string): void {
  const missing = (member: string, alternative: string) =>
    new UsageError(`no ${member} is configured`, { hint: `add the member "${member}" to ${path}${alternative}` });
  if (endpoints.length === 0) throw missing('endpoint', ' or give --endpoint');
  if (username === undefined) throw missing('username', '');
  if (password === undefined) throw missing('password', '');
}

/** A base URL without credentials in it. @throws UsageError */
export function checkedEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`the endpoint "${text}" is not a URL`, { hint: 'give one such as https://jump.example.com' });
  }
  if (url.username === '' && url.password === '') return text;
  throw new UsageError(`the endpoint for ${url.host} holds credentials`, {
    hint: 'give them as "username" and "password" in the configuration file',
  });
}

/** RFC 7617, section 2: the first colon would end the name. @throws UsageError */
export function checkedUsername(text: string): string {
  if (!text.includes(':')) return text;
  throw new UsageError(`the user name "${text}" has a colon, which HTTP basic authentication cannot carry`);
}
