import { Faults } from '../../../config/faults.ts';
import { readText } from '../../../config/values.ts';
import type { NameSource } from '../../authenticator.ts';
import type { AuthenticationSurroundings } from '../kind.ts';
import type { PluginOptions } from '../plugin-options.ts';
import { readNames } from '../prefixed-names.ts';
import { readService, serviceOptions } from '../remote/options.ts';
import type { Keystone } from './keystone.ts';

export const keystoneOptions = ['url', 'domain', 'prefix', ...serviceOptions];

const asked = {
  service: 'Keystone',
  urlOption: 'url',
  example: 'https://keystone.example.com:5000/v3/auth/tokens',
};

/** @throws AppError `invalid_configuration` */
export async function readKeystone(
  options: PluginOptions,
  method: string,
  surroundings: AuthenticationSurroundings,
): Promise<Keystone & { readonly source: NameSource }> {
  const faults = new Faults();
  const remote = await faults.attemptAsync(() => readService(options, asked, surroundings));
  const names = faults.attempt(() => readNames(options, method, 'keystone'));
  const domain = faults.attempt(() => options.optional('domain', readText) ?? 'Default');
  faults.end();
  if (remote === undefined || names === undefined || domain === undefined) throw new Error('a fault got lost');
  // The same users by password and by token: only the domain with bare names must be the same.
  const source = { prefix: names.prefix, of: `${remote.url.origin} ${domain}` };
  return { ...remote, names, domain, source };
}
