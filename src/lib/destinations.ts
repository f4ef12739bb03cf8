import { isIP } from 'node:net';
import { canonicalAddress } from './addresses.ts';
import { inCidrs, isCidr } from './cidr.ts';

/** Where connections may go. Addresses are spelt as by `canonicalAddress`. */
export interface Destinations {
  allowsName(name: string, port: number): boolean;
  allowsAddress(address: string, port: number): boolean;
  /** Whether any address is allowed with this port: a name may resolve to it. */
  allowsSomeAddress(port: number): boolean;
}

/** One destination. */
export interface DestinationRule {
  /** Whether an address is the one of the rule, or in its network; undefined for a name. */
  holds?: (address: string) => boolean;
  name?: string;
  /** Undefined for any port. */
  port?: number;
}

/**
 * Whether the text is a host name, an address or a network (RFC 4632), with or without `:PORT`. An IPv6 address or
 * network with a port is in brackets.
 */
export function isDestination(text: string): boolean {
  return destinationRuleOf(text) !== undefined;
}

/** What a list of such texts allows. Other texts allow nothing. */
export function destinationsOf(texts: readonly string[]): Destinations {
  const rules = texts.flatMap((text) => destinationRuleOf(text) ?? []);
  const holdsFor = ({ port: only }: { port?: number | undefined }, port: number) => only === undefined || only === port;
  return {
    allowsName: (name, port) => rules.some((rule) => rule.name === name && holdsFor(rule, port)),
    allowsAddress: (address, port) => rules.some((rule) => holdsFor(rule, port) && rule.holds?.(address)),
    allowsSomeAddress: (port) => rules.some((rule) => rule.holds !== undefined && holdsFor(rule, port)),
  };
}

/** The rule that such a text is; undefined for any other text. */
export function destinationRuleOf(text: string): DestinationRule | undefined {
  const [, inBrackets, portOfBrackets] = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text) ?? [];
  if (inBrackets !== undefined) return inBrackets.includes(':') ? ruleAt(inBrackets, portOfBrackets) : undefined;
  // The end of an IPv6 address looks like a port.
  if (isCidr(text)) return ruleAt(text, undefined);
  const [, host = text, port] = /^([^:]+):(\d{1,5})$/.exec(text) ?? [];
  return ruleAt(host, port);
}

function ruleAt(host: string, portText: string | undefined): DestinationRule | undefined {
  const port = portText === undefined ? undefined : Number(portText);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  const at = port === undefined ? {} : { port };
  if (isCidr(host)) return { holds: inCidrs([host.includes('/') ? host : canonicalAddress(host)]), ...at };
  try {
    const name = canonicalAddress(host);
    return isIP(name) === 0 ? { name, ...at } : undefined;
  } catch {
    return undefined;
  }
}
