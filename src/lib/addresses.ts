import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from './errors.ts';
import { isName, nameHint } from './names.ts';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A final label that resolvers read as part of an IPv4 address: `127.1` and `0x7f000001` are both 127.0.0.1. */
const numericLabel = /^(\d+|0x[0-9a-f]*)$/;

/**
 * The one spelling of a host's address: IPv4 as it is, IPv6 in RFC 5952 form, an IPv4 address mapped into IPv6 as that
 * IPv4 address, DNS names in lower case without a final dot. One machine must not stand in the inventory under two
 * spellings of the same address.
 *
 * @throws AppError `invalid_address`
 */
export function canonicalAddress(text: string): string {
  if (isIPv4(text)) return text;
  if (isIPv6(text) && !text.includes('%')) return canonicalIPv6(text);
  if (isIPv6(text)) throw zoned(text);
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length <= 253 && isDnsName(name.split('.'))) return name;
  throw new AppError('invalid_address', `"${text.slice(0, 80)}" is not an IPv4 or IPv6 address or a DNS name`, {
    hint: 'give an address such as 192.0.2.7, 2001:db8::7 or node7.example.com',
  });
}

/** A zone (RFC 4007) is the name of an interface, which other servers, clients and jump hosts do not have. */
function zoned(text: string): AppError {
  const zone = text.slice(text.indexOf('%'));
  return new AppError(
    'invalid_address',
    `"${text.slice(0, 80)}" is a link-local address with the zone "${zone.slice(0, 40)}", which means something on one machine only`,
    { hint: 'give an address of the machine that is not link-local, or its DNS name' },
  );
}

function canonicalIPv6(text: string): string {
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const halves = mapped.slice(1).map((half) => Number.parseInt(half, 16));
  return halves.flatMap((half) => [half >> 8, half & 255]).join('.');
}

function isDnsName(labels: readonly string[]): boolean {
  return labels.every((part) => label.test(part)) && !numericLabel.test(labels.at(-1) ?? '');
}

/** A name that `lib/names` allows. @throws AppError `invalid_name` */
export function checkedName(text: string): string {
  if (isName(text)) return text;
  throw new AppError('invalid_name', `"${text.slice(0, 80)}" is not a name`, {
    hint: nameHint,
  });
}
