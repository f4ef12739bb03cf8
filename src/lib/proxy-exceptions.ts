import { type DestinationRule, destinationRuleOf } from './destinations.ts';

/** Whether a host is reached without the proxy. Addresses and names are spelt as by `canonicalAddress`. */
export type ProxyExceptions = (host: string, port: number) => boolean;

/** The forms of an entry, for messages. */
export const proxyExceptionForms =
  'give names, .example.com, addresses, networks such as 192.0.2.0/24, each with or without :PORT, or *';

/** The entries of texts in which commas or white space separate them, as in `NO_PROXY`. */
export function entriesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((entry) => entry !== '');
}

/** Whether the text is one entry of a list of proxy exceptions, in the forms that `proxyExceptionsOf` describes. */
export function isProxyException(text: string): boolean {
  return exceptionOf(text) !== undefined;
}

/**
 * The hosts that such entries except, read as `golang.org/x/net/http/httpproxy` reads `NO_PROXY`: `example.com` is the
 * name and all names below it, `.example.com` or `*.example.com` only the names below it, `192.0.2.7`, `192.0.2.0/24`,
 * `2001:db8::7` and `2001:db8::/32` are addresses, and `*` is every host. All but `*` may end in `:PORT`; an IPv6
 * address or network is then in brackets. A name is not resolved. Other texts except nothing.
 */
export function proxyExceptionsOf(texts: readonly string[]): ProxyExceptions {
  const exceptions = texts.flatMap((text) => exceptionOf(text) ?? []);
  return (host, port) => exceptions.some((excepts) => excepts(host, port));
}

function exceptionOf(text: string): ProxyExceptions | undefined {
  if (text === '*') return () => true;
  const [, below] = /^\*?\.(.+)$/.exec(text) ?? [];
  const rule = destinationRuleOf(below ?? text);
  if (rule === undefined || (below !== undefined && rule.name === undefined)) return undefined;
  const holds = hostTest(rule, { below: below !== undefined });
  return (host, port) => (rule.port === undefined || rule.port === port) && holds(host);
}

function hostTest({ name, holds }: DestinationRule, { below }: { below: boolean }): (host: string) => boolean {
  if (name === undefined) return (host) => holds?.(host) ?? false;
  return (host) => (!below && host === name) || host.endsWith(`.${name}`);
}
