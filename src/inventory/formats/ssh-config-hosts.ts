import type { Described, DescribedHost, Fault } from './described-host.ts';
import { jumpThrough } from './jump-through.ts';

/** Lines that apply to the hosts whose names match (ssh_config(5)). */
interface Block {
  line: number;
  patterns: readonly string[];
  /** The first value of each keyword, in lower case. */
  options: Map<string, string>;
}

/**
 * The hosts of a configuration of OpenSSH: every name of a `Host` line without a wildcard. For each keyword the first
 * matching line applies.
 */
export function sshConfigHosts(text: string): Described {
  const faults: Fault[] = [];
  const blocks = blocksOf(text, faults);
  const names = blocks.flatMap(({ line, patterns }) =>
    patterns.filter((pattern) => !/[*?!]/.test(pattern)).map((name) => ({ line, name })),
  );
  const once = [...new Map(names.toReversed().map((each) => [each.name, each])).values()].toReversed();
  const said = once.map(({ line, name }) => ({ line, name, options: optionsOf(blocks, name) }));
  const addresses = new Map(said.map(({ name, options }) => [name, addressOf(name, options)]));
  const hosts = said.flatMap(({ line, name, options }): DescribedHost[] => {
    const jump = options.get('proxyjump');
    const command = options.get('proxycommand') ?? 'none';
    if (jump === undefined && command !== 'none') {
      faults.push({ line, message: `${name} has a ProxyCommand; name jump hosts with ProxyJump instead` });
      return [];
    }
    const members = {
      address: addresses.get(name),
      remote_user: options.get('user'),
      port: options.get('port'),
      key: options.get('identityfile'),
      proxy_jump: jump === undefined ? undefined : jumpThrough(jump, addresses),
    };
    return [{ line, members }];
  });
  return { hosts, faults };
}

function blocksOf(text: string, faults: Fault[]): Block[] {
  // Lines before the first Host line apply to all hosts.
  const blocks: Block[] = [{ line: 1, patterns: ['*'], options: new Map() }];
  for (const [index, whole] of text.split('\n').entries()) {
    const line = index + 1;
    const [, word = '', value = ''] = /^\s*([^\s=#]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(whole) ?? [];
    const keyword = word.toLowerCase();
    if (keyword === 'host') blocks.push({ line, patterns: wordsOf(value), options: new Map() });
    else if (keyword === 'match' && value.toLowerCase() === 'all') {
      blocks.push({ line, patterns: ['*'], options: new Map() });
    } else if (keyword === 'match' || keyword === 'include') {
      faults.push({ line, message: `${word} cannot be followed here: write the hosts out with \`ssh -G\`` });
    } else if (keyword !== '') {
      const { options } = blocks.at(-1) ?? { options: new Map() };
      if (!options.has(keyword)) options.set(keyword, wordsOf(value).join(' '));
    }
  }
  return blocks;
}

function wordsOf(value: string): string[] {
  return (value.match(/"[^"]*"|[^\s"]+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

function optionsOf(blocks: readonly Block[], name: string): Map<string, string> {
  const matching = blocks.filter(({ patterns }) => matches(patterns, name));
  return new Map(matching.toReversed().flatMap(({ options }) => [...options]));
}

/** A pattern must match, and none that begins with `!`. */
function matches(patterns: readonly string[], name: string): boolean {
  const fits = (pattern: string) => wildcard(pattern).test(name);
  const denied = patterns.filter((pattern) => pattern.startsWith('!')).some((pattern) => fits(pattern.slice(1)));
  return !denied && patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split(/([*?])/).map((part) => ({ '*': '.*', '?': '.' })[part] ?? RegExp.escape(part));
  return new RegExp(`^${parts.join('')}$`, 'i');
}

function addressOf(name: string, options: ReadonlyMap<string, string>): string {
  return (options.get('hostname') ?? name).replaceAll('%h', name);
}
