import { type Hop, hopOf, isPort } from '../hop.ts';
import { argumentsOf } from './words.ts';

/**
 * The jump hosts of `ProxyJump`, the nearest first; none for `none`.
 *
 * @throws Error when ssh would refuse it, or its versions read it in different ways
 */
export function hopsOf(value: string): Hop[] {
  const [text = '', ...more] = value.replace(/#.*$/s, '').trim().split(/\s+/);
  if (more.length > 0) throw new Error(`ProxyJump ${value}: separate jump hosts by commas, without blanks`);
  const bare = /^"([^"]*)"$/.exec(text)?.[1] ?? text;
  if (bare.toLowerCase() !== 'none') return bare.split(',').map(hopOf);
  if (value.trim().toLowerCase() === 'none') return [];
  throw new Error('ssh takes this "none" for a jump host: write ProxyJump none alone on its line');
}

/** Flags of ssh that say nothing about the connection. */
const harmless = 'akqTxX';

/**
 * The jump hosts of a `ProxyCommand` that is `ssh -W %h:%p HOST` and nothing else, perhaps with `-l`, `-p` and `-J`.
 * Undefined when the command could do anything more.
 */
export function hopsOfCommand(command: string): Hop[] | undefined {
  // What a shell would read in another way is not judged.
  if (!/^[\w\s%@.:[\]"',/=+-]*$/.test(command)) return undefined;
  const words = (argumentsOf(command) ?? []).slice(command.startsWith('exec ') ? 1 : 0);
  if (!/^(\/usr\/bin\/)?ssh$/.test(words.shift() ?? '')) return undefined;
  const given = new Map<string, string>();
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('-')) {
      if (given.has('host')) return undefined;
      given.set('host', word);
      continue;
    }
    const [, flags = '', option, attached = ''] = /^-([a-zA-Z]*?)(?:([JWlp])(.*))?$/.exec(word) ?? [];
    if ((flags === '' && option === undefined) || [...flags].some((flag) => !harmless.includes(flag))) return undefined;
    if (option === undefined) continue;
    if (given.has(option)) return undefined;
    given.set(option, attached === '' ? (words.shift() ?? '') : attached);
  }
  return hopsGiven(given);
}

function hopsGiven(given: ReadonlyMap<string, string>): Hop[] | undefined {
  if (!/^(%h|\[%h\]):%p$/.test(given.get('W') ?? '')) return undefined;
  try {
    const [host = '', login, port] = [given.get('host'), given.get('l'), given.get('p')];
    // As an argument `HOST:PORT` is a name, and of two users the first counts.
    if (/[,:]/.test(host) || (login !== undefined && host.includes('@')) || !isPort(port)) return undefined;
    const last = hopsOf(login === undefined ? host : `${login}@${host}`);
    if (last.length === 0) return undefined;
    const before = given.has('J') ? hopsOf(given.get('J') ?? '') : [];
    return [...before, ...last.map((hop) => ({ ...hop, ...(port === undefined ? {} : { port }) }))];
  } catch {
    return undefined;
  }
}
