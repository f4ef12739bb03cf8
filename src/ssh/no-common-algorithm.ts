import { AppError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import { hostKeyAlgorithms } from './algorithms.ts';
import { endpoint } from './connect-errors.ts';
import type { Target } from './session.ts';

/** What the two sides offer of one kind of algorithm (RFC 4253, 7.1), as ssh2 reports it when nothing is common. */
export interface Offers {
  readonly kind: string;
  readonly client: readonly string[];
  readonly server: readonly string[];
}

/** The machine has no host key of the requested types. */
export class NoSuchHostKey extends AppError {}

/** Names that are offered with the key exchanges and are none. */
const markers = /^(ext-info-|kex-strict-)/;

const longestList = 1_000;

/** Nothing that the host offers of a kind is also offered by this server. */
export function noCommonAlgorithm(target: Target, offers: Offers, cause: Error): AppError {
  const { word, option } = kindOf(offers.kind);
  const isHostKey = option === 'HostKeyAlgorithms';
  // One attempt offers the host key types of one turn only.
  const ours = isHostKey ? hostKeyAlgorithms : offers.client;
  const message = [
    `cannot reach ${endpoint(target)}: no common ${word} (key exchange)`,
    `the host offers ${listed(offers.server)}`,
    `this server offers ${listed(ours)}`,
  ].join('; ');
  const hint = isHostKey
    ? 'make a host key of another type there with `ssh-keygen -A`, and check HostKey and HostKeyAlgorithms with `sshd -T`'
    : `add one of ours to ${option} in sshd_config on the host, where \`sshd -T | grep -i ${option}\` shows its list`;
  const options = { hint, details: { phase: 'key exchange', option }, cause };
  return isHostKey ? new NoSuchHostKey('unreachable', message, options) : new AppError('unreachable', message, options);
}

/** What ssh2 calls a kind, as a person does, with the option of sshd_config(5) for it. */
function kindOf(kind: string): { word: string; option: string } {
  if (kind.includes('cipher')) return { word: 'cipher', option: 'Ciphers' };
  if (kind.includes('MAC')) return { word: 'MAC', option: 'MACs' };
  if (kind.includes('host key')) return { word: 'host key algorithm', option: 'HostKeyAlgorithms' };
  if (kind.includes('compression')) return { word: 'compression', option: 'Compression' };
  return { word: 'key exchange algorithm', option: 'KexAlgorithms' };
}

function listed(names: readonly string[]): string {
  const real = names.filter((name) => !markers.test(name));
  return real.length === 0 ? 'none' : shortened(real.join(', '), longestList);
}
