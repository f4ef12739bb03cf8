import type { Client } from '../../client/connect.ts';
import { canonicalAddress } from '../../lib/addresses.ts';
import { AppError } from '../../lib/errors.ts';
import { sshKeyForm } from '../../lib/ssh-key-form.ts';

/** What ssh needs to log in to one machine. */
export interface Login {
  address: string;
  user: string;
  port: number;
  /** The private key file, in a form that every ssh reads. */
  key: Uint8Array;
  /** The pinned host key in the format of a known_hosts file. */
  hostKey: string;
}

/**
 * The jump hosts, the nearest first, and then the machine itself. As on the server, only the first jump host of a host
 * may have jump hosts itself.
 *
 * @throws ProblemError, AppError `host_key_not_found`, or Error for what the server cannot say or must not
 */
export async function wayTo(client: Client, address: string): Promise<Login[]> {
  const way = await through(client, address, []);
  if (new Set(way.map((login) => login.address)).size === way.length) return way;
  throw backToItself(address);
}

async function through(client: Client, address: string, behind: readonly string[]): Promise<Login[]> {
  if (behind.includes(address)) throw backToItself(address);
  const { login, jump } = await loginOf(client, address);
  const [first, ...others] = jump;
  if (first === undefined) return [login];
  const before = await through(client, first, [...behind, login.address]);
  const between = await Promise.all(others.map((each) => loginOf(client, each)));
  return [...before, ...between.map(({ login }) => login), login];
}

function backToItself(address: string): Error {
  return new Error(`the jump hosts of ${address} lead back to it`);
}

async function loginOf(client: Client, address: string): Promise<{ login: Login; jump: readonly string[] }> {
  // Read before the private key, which is useless without a pinned host key.
  const { algorithm, public_key } = await client.hosts.hostKey(address);
  if (!algorithm || !public_key) {
    throw new AppError(
      'host_key_not_found',
      `the server has not seen the host key of ${address} yet, only its fingerprint was named`,
      { hint: `\`commctl exec host:${address} -- true\` makes it look` },
    );
  }
  const given = await client.hosts.credentials(address);
  const { remote_user: user, port, ssh_priv_key, proxy_jump = [] } = given;
  const login = {
    address: canonicalAddress(given.address),
    user,
    port,
    key: sshKeyForm(Buffer.from(ssh_priv_key, 'base64')),
    hostKey: `${algorithm} ${public_key}`,
  };
  if (!isPlain(login)) throw new Error(`the server answered with credentials of ${address} that ssh cannot take`);
  return { login, jump: typeof proxy_jump === 'string' ? proxy_jump.split(',') : proxy_jump };
}

/** These values become lines of files that ssh reads, so none may contain a line break. */
function isPlain({ user, port, hostKey, key }: Login): boolean {
  const plain = /^[A-Za-z0-9_.][A-Za-z0-9_.@-]*$/.test(user) && /^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$/.test(hostKey);
  return plain && Number.isInteger(port) && key.length > 0;
}
