import { describeError, systemErrorCode } from '../../lib/errors.ts';
import { type ProxyFor, proxiesOf, throughProxy } from '../../lib/proxies.ts';
import type { Check, Endpoint, Found, Site } from './check.ts';
import { endpointsOf } from './endpoints.ts';

const patienceMs = 5_000;
/** With a larger difference of the clocks, tokens of another server are not valid here yet, or not any more. */
const mostSkewMs = 60_000;

/** Whether the servers that ours needs answer, through the proxy that the configuration names. */
export const reachability: Check = {
  name: 'reachability',
  group: 'network',
  async run(site, signal) {
    const endpoints = await endpointsOf(site);
    const proxyFor = proxiesOf(site.configuration ?? {});
    return Promise.all(endpoints.map((endpoint) => reached(endpoint, { site, proxyFor, signal })));
  },
};

interface Surroundings {
  readonly site: Site;
  readonly proxyFor: ProxyFor;
  readonly signal: AbortSignal;
}

/** Any answer counts: the request has no credentials, and its path is that of no resource. */
async function reached(endpoint: Endpoint, { site, proxyFor, signal }: Surroundings): Promise<Found> {
  const { what, url, authority, insecure = false } = endpoint;
  const about = `${what} at ${url}`;
  const way = proxyFor(url);
  const tls = { rejectUnauthorized: !insecure, ...(authority === undefined ? {} : { ca: authority }) };
  const began = site.clock.monotonic();
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: deadline, tls, ...way });
    const ms = Math.round(site.clock.monotonic() - began);
    const skew = Date.parse(answer.headers.get('date') ?? '') - site.clock.now().getTime();
    if (Math.abs(skew) <= mostSkewMs || Number.isNaN(skew)) {
      return { verdict: 'ok', about, found: `answers${throughProxy(way)} in ${ms} ms` };
    }
    const found = `answers, and its clock differs by ${Math.round(skew / 1000)} s from ours`;
    return { verdict: 'warning', about, found, remedy: 'set the clock of this machine, or of that one' };
  } catch (error) {
    const found = `cannot be reached${throughProxy(way)}: ${systemErrorCode(error) ?? describeError(error)}`;
    return { verdict: 'failure', about, found, remedy: remedyFor(error) };
  }
}

function remedyFor(error: unknown): string {
  const code = systemErrorCode(error) ?? '';
  if (/CERT|SELF_SIGNED|ISSUER|VERIFY/.test(code)) return 'name the CA that signed its certificate with the option ca';
  if (/ENOTFOUND|EAI/.test(code)) return 'see the check of name resolution';
  return 'see that it runs, and that a firewall or the option proxy lets this machine reach it';
}
