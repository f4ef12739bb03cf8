import { canonicalAddress } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import type { Target } from '../ssh/session.ts';
import type { Credentials } from './credentials.ts';

/**
 * The addresses of jump hosts, from a list or in the notation of ssh_config(5): `A,B`, and `none` for no jump host.
 *
 * @throws AppError `invalid_address`, `invalid_member` for too many
 */
export function proxyJump(given: string | readonly string[] = []): string[] {
  const addresses = typeof given === 'string' ? wordsOf(given.trim()) : given;
  if (addresses.length <= mostJumps) return addresses.map(canonicalAddress);
  throw new AppError('invalid_member', `proxy_jump: a way over ${addresses.length} hosts`, {
    hint: `name at most ${mostJumps} hosts to go through`,
    details: { member: '/proxy_jump' },
  });
}

/** More than any real network needs. */
const mostJumps = 16;

function wordsOf(text: string): string[] {
  return text === '' || text === 'none' ? [] : text.split(',').map((address) => address.trim());
}

/** Adds the member to the credentials only when there are jump hosts. @throws AppError `invalid_address` */
export function withProxyJump(credentials: Credentials): Credentials {
  const { proxy_jump, ...others } = credentials;
  const jump = proxyJump(proxy_jump);
  return jump.length === 0 ? others : { ...others, proxy_jump: jump };
}

/**
 * The machine and its jump hosts. As in ssh, connections go through the jump hosts of a host in order, and only the
 * first of these may have jump hosts itself.
 *
 * @param login credentials of a host that is in the inventory
 * @throws AppError `invalid_member` when the jump hosts lead back to the machine; what `login` throws
 */
export async function targetThrough(
  address: string,
  login: (address: string) => Promise<Credentials>,
  behind: readonly string[] = [],
): Promise<Target> {
  const way = [...behind, address];
  if (behind.includes(address)) throw cycle(way.slice(way.indexOf(address)));
  const credentials = await login(address);
  const [first, ...others] = proxyJump(credentials.proxy_jump);
  const own = targetOf(credentials);
  if (first === undefined) return own;
  const again = others.find((each) => way.includes(each));
  if (again !== undefined) throw cycle([...way.slice(way.indexOf(again)), again]);
  const { jump = [], ...nearest } = await targetThrough(first, login, way);
  return { ...own, jump: [...jump, nearest, ...(await Promise.all(others.map(login))).map(targetOf)] };
}

function targetOf({ address, port, remote_user, ssh_priv_key }: Credentials): Target {
  return { address, port, user: remote_user, privateKey: ssh_priv_key };
}

function cycle(way: readonly string[]): AppError {
  return new AppError('invalid_member', `the jump hosts of ${way[0]} lead back to it: ${way.join(' → ')}`, {
    hint: `change proxy_jump of one of them, such as with \`commctl host creds --proxy-jump none ${way[0]} KEY_FILE\``,
  });
}
