/** The names that a pattern stands for, and the port behind its last colon. */
export type HostPattern = { names: string[]; port: number | undefined } | { problem: string };

/**
 * What a pattern of an inventory means: `web[01:20]`, `db-[a:c]`, `r[1:9:2]`, `web1:2200`, `[2001:db8::1]:2200`; a
 * name without brackets means itself. As in Ansible, a port is recognized only behind what can be an address.
 */
export function readHostPattern(pattern: string): HostPattern {
  const { address, port } = splitPort(pattern);
  const expanded = expand(address, most);
  if (typeof expanded === 'string') return { problem: `"${pattern}" ${expanded}` };
  return { names: expanded, port };
}

function splitPort(pattern: string): { address: string; port: number | undefined } {
  let address = pattern;
  let port: string | undefined;
  for (const form of [/^\[(.+)\]:(\d+)$/, /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/]) {
    const [, before, digits] = form.exec(address) ?? [];
    if (before !== undefined && digits !== undefined) [address, port] = [before, digits];
  }
  if (port === undefined || !isAddress(address)) return { address: pattern, port: undefined };
  // Ansible takes port 0 as none.
  return { address, port: Number(port) || undefined };
}

const numeric = String.raw`\[\d+:\d+(?::\d+)?\]`;
const hexadecimal = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::\d+)?\]`;
const alphanumeric = String.raw`\[(?:[a-z]:[a-z]|\d+:\d+)(?::\d+)?\]`;
const octet = `(?:[01]?\\d{1,2}|2[0-4]\\d|25[0-5]|${numeric})`;
const label = `(?:[\\p{L}\\p{N}_]|${alphanumeric})(?:[\\p{L}\\p{N}_-]|${alphanumeric})*(?<![_-])`;
const ipv4 = new RegExp(`^(?:${octet}\\.){3}${octet}$`, 'iu');
const hostName = new RegExp(`^${label}(?:\\.${label})*$`, 'iu');
const groups = `(?:[0-9a-f]{1,4}|${hexadecimal})`;

/** An address or a name of DNS, any part of which may be a range. */
function isAddress(text: string): boolean {
  return ipv4.test(text) || isIPv6(text) || hostName.test(text);
}

function isIPv6(text: string): boolean {
  const quad = /^(.*:)(?:[^:]+\.){3}[^:]+$/.exec(text)?.[1];
  const whole = quad === undefined ? text : `${quad}0:0`;
  if (!new RegExp(`^(?:${groups}|:)+$`, 'iu').test(whole) || /:::|::.*::/.test(whole)) return false;
  const count = whole.match(new RegExp(groups, 'giu'))?.length ?? 0;
  if (/^:[^:]|[^:]:$/.test(whole)) return false;
  return whole.includes('::') ? count < 8 : count === 8;
}

/** The most names of one pattern: a typing error must not fill the memory. */
const most = 100_000;

/** The names, or what is wrong with the text. */
function expand(text: string, limit: number): string[] | string {
  if (!/[[]/.test(text)) return [text];
  const [, before = '', range = '', after = ''] = /^([^[\]|]*)\[([^[\]|]*)\]([^|]*)$/.exec(text) ?? [];
  const values = valuesOf(range, limit);
  if (typeof values === 'string') return values;
  const rest = expand(after, Math.floor(limit / values.length));
  if (typeof rest === 'string') return rest;
  return values.flatMap((value) => rest.map((end) => before + value + end));
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The values of a range without its brackets, or what is wrong with it. */
function valuesOf(range: string, limit: number): string[] | string {
  const [, first = '', last = '', step = '1'] =
    /^(\d{0,15}|[A-Za-z]):(\d{1,15}|[A-Za-z])(?::(\d{1,15}))?$/.exec(range) ?? [];
  if (last === '') return 'has a range that is neither [FIRST:LAST] nor [FIRST:LAST:STEP]';
  if (Number(step) === 0) return 'has a range with the step 0';
  const lettered = /^[A-Za-z]$/.test(first);
  if (lettered === /^\d/.test(last)) return 'has a range from a number to a letter';
  const width = !lettered && first.startsWith('0') && first.length > 1 ? first.length : 0;
  if (width > 0 && width !== last.length) return `has a range whose end has not as many digits as ${first}`;
  const [low, high] = lettered ? [letters.indexOf(first), letters.indexOf(last)] : [Number(first), Number(last)];
  const count = Math.floor((high - low) / Number(step)) + 1;
  if (count < 1) return 'has a range that ends before it begins, and stands for no name';
  if (count > limit) return `stands for more than ${most.toLocaleString('en-US')} names`;
  return Array.from({ length: count }, (_, index) => {
    const value = low + index * Number(step);
    return lettered ? letters.charAt(value) : String(value).padStart(width, '0');
  });
}
