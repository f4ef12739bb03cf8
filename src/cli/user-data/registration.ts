import type { BasicCredentials } from '../../client/credentials.ts';
import { canonicalAddress, checkedName } from '../../lib/addresses.ts';
import { AppError } from '../../lib/errors.ts';
import { certificateFingerprint } from '../../lib/fingerprint.ts';
import { checkedEndpoint } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

/** What the machine should register with, as given; the machine decides about undefined members. */
export interface Wanted {
  endpoint: string;
  credentials: BasicCredentials | undefined;
  cluster: string | undefined;
  address: string | undefined;
  remoteUser: string;
  sshKeyPath: string | undefined;
  authorizedKeysPath: string | undefined;
  fingerprint: string | undefined;
  /** In seconds. */
  deadline: number;
}

/** The part `x-commissaire-host`: what the part handler reads on the machine (contract 12.8). @throws UsageError */
export function registration(wanted: Wanted): object {
  const { credentials, cluster, address, remoteUser, deadline } = wanted;
  // The user may not exist yet; only the machine will know its home.
  const home = remoteUser === 'root' ? '/root' : '~';
  const members = {
    endpoint: checkedEndpoint(wanted.endpoint),
    ...credentials,
    cluster: cluster && checked('--cluster', () => checkedName(cluster)),
    address: address && checked('--address', () => canonicalAddress(address)),
    remote_user: checkedUser(remoteUser),
    ssh_key_path: checkedPath('--ssh-key-path', wanted.sshKeyPath ?? `${home}/.ssh/id_rsa`),
    authorized_keys_path: checkedPath(
      '--authorized-keys-path',
      wanted.authorizedKeysPath ?? `${home}/.ssh/authorized_keys`,
    ),
    fingerprint: wanted.fingerprint && checkedFingerprint(wanted.fingerprint, wanted.endpoint),
    deadline,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''));
}

function checked(option: string, check: () => string): string {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** The same check as in the part handler: an error here is better than on a machine that boots. */
function checkedUser(name: string): string {
  if (/^[A-Za-z_][\w.-]{0,31}$/.test(name)) return name;
  throw new UsageError(`--remote-user: "${name}" is not the name of a user`);
}

function checkedPath(option: string, path: string): string {
  if (/^[/~]/.test(path)) return path;
  throw new UsageError(`${option}: ${path} is not absolute`, {
    hint: 'give the whole path, or one that begins with ~/ for the home of the remote user',
  });
}

/** Also accepts the line that `openssl x509 -noout -fingerprint -sha256` prints. */
function checkedFingerprint(text: string, endpoint: string): string {
  const digits = certificateFingerprint(text);
  if (digits === undefined) {
    throw new UsageError(`--fingerprint: "${text}" is not the SHA-256 of a certificate`, {
      hint: 'give what `openssl x509 -in server.pem -noout -fingerprint -sha256` prints',
    });
  }
  if (endpoint.startsWith('https:')) return digits;
  throw new UsageError(`--fingerprint is of a certificate, but ${endpoint} is not https`);
}
