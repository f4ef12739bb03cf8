import type { Access } from '../auth/access.ts';
import { canonicalAddress } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import type { Whereabouts } from './authorisation.ts';
import type { Services } from './context.ts';
import type { RouteRule } from './permissions.ts';

/** What is needed to find the host that a caller names. */
export interface NamingHosts {
  readonly hosts: Pick<Services['hosts'], 'addressOf'>;
  readonly whereabouts: Pick<Whereabouts, 'clusterOf'>;
}

/**
 * The address of the host that a caller names in a request. A name stands for its host only for a caller who may see that
 * host; for others it is a text that no host has, so that an answer never tells the address behind a name.
 *
 * @throws AppError `invalid_address`
 */
export async function hostAddress(
  { access }: { access: Access },
  text: string,
  { hosts, whereabouts }: NamingHosts,
): Promise<string> {
  const given = canonicalAddress(text);
  const address = await hosts.addressOf(given);
  if (address === given) return given;
  return access.allowsIn('host:read', await whereabouts.clusterOf(address)) ? address : given;
}

/** The same for a list, which may be very long. */
export async function hostAddresses(
  caller: { access: Access },
  texts: readonly string[],
  naming: NamingHosts,
): Promise<string[]> {
  const addresses: string[] = [];
  const pace = new Pace();
  for (const text of texts) {
    addresses.push(await hostAddress(caller, text, naming));
    if (pace.isDue) await pace.rest();
  }
  return addresses;
}

/**
 * The path with the address of the host in place of its name, before anything else reads it: permissions, the audit trail
 * and the routes know hosts by their addresses only. Undefined when the path names no host by a name that the caller may
 * use.
 */
export async function pathByAddress(
  pathname: string,
  rule: RouteRule,
  access: Access,
  naming: NamingHosts,
): Promise<string | undefined> {
  const at = rule.path.split('/').indexOf(':address');
  // A new host has no name yet: the path of a registration has its address.
  if (at < 0 || ('about' in rule && rule.about === 'body')) return undefined;
  const parts = pathname.split('/');
  const given = parts[at] ?? '';
  const address = await addressIn(decodeURIComponent(given), rule, access, naming);
  return address === undefined ? undefined : parts.with(at, encodeURIComponent(address)).join('/');
}

async function addressIn(
  text: string,
  rule: RouteRule,
  access: Access,
  { hosts, whereabouts }: NamingHosts,
): Promise<string | undefined> {
  const given = canonical(text);
  if (given === undefined) return undefined;
  const address = await hosts.addressOf(given);
  if (address === given) return undefined;
  const cluster = await whereabouts.clusterOf(address);
  const isAboutHost = 'about' in rule && rule.about === 'host';
  const permissions = isAboutHost ? (['host:read', rule.permission] as const) : (['host:read'] as const);
  return permissions.some((permission) => access.allowsIn(permission, cluster)) ? address : undefined;
}

/** Undefined for a text that is no address: the route says what is wrong with it. */
function canonical(text: string): string | undefined {
  try {
    return canonicalAddress(text);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
