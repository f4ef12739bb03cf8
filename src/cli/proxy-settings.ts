import { type ProxyOptions, proxyFault } from '../lib/proxies.ts';
import { entriesIn, isProxyException, proxyExceptionForms } from '../lib/proxy-exceptions.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The members `proxy` and `no_proxy` of the configuration file. @throws UsageError */
export function proxyMembers({ proxy, no_proxy }: Readonly<Record<string, unknown>>, path: string): ProxyOptions {
  const texts: unknown[] = Array.isArray(no_proxy) ? no_proxy : no_proxy === undefined ? [] : [no_proxy];
  const exceptions = texts.filter((text) => typeof text === 'string');
  if (exceptions.length < texts.length)
    throw new UsageError(`${path}: "no_proxy" must be a string or an array of them`);
  if (proxy !== undefined && typeof proxy !== 'string') throw new UsageError(`${path}: "proxy" must be a string`);
  return {
    ...(proxy === undefined ? {} : { proxy: checkedProxy(proxy, `${path}: "proxy"`) }),
    ...(no_proxy === undefined ? {} : { noProxy: checkedExceptions(exceptions, `${path}: "no_proxy"`) }),
  };
}

/** `COMMCTL_PROXY` and `COMMCTL_NO_PROXY`; an empty one counts as not set. @throws UsageError */
export function proxiesOfEnvironment({ COMMCTL_PROXY = '', COMMCTL_NO_PROXY = '' }: Terminal['environment']) {
  const proxies: ProxyOptions = {
    ...(COMMCTL_PROXY === '' ? {} : { proxy: checkedProxy(COMMCTL_PROXY, '$COMMCTL_PROXY') }),
    ...(COMMCTL_NO_PROXY === '' ? {} : { noProxy: checkedExceptions([COMMCTL_NO_PROXY], '$COMMCTL_NO_PROXY') }),
  };
  return proxies;
}

/** The text is not repeated, because it may hold a password. */
function checkedProxy(text: string, where: string): string {
  const problem = proxyFault(text);
  if (problem === undefined) return text;
  throw new UsageError(`${where} cannot be used: ${problem}`, {
    hint: 'give one such as http://proxy.example.com:3128',
  });
}

/** Entries stand between commas, as in `NO_PROXY`. */
function checkedExceptions(texts: readonly string[], where: string): string[] {
  const entries = entriesIn(texts);
  const wrong = entries.find((entry) => !isProxyException(entry));
  if (wrong === undefined) return entries;
  throw new UsageError(`${where}: "${wrong}" names no host`, { hint: proxyExceptionForms });
}
