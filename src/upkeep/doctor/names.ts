import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { systemErrorCode } from '../../lib/errors.ts';
import type { Check, Found } from './check.ts';
import { endpointsOf } from './endpoints.ts';

/** Whether this machine's own name resolves, and those of the servers that ours has to reach. */
export const names: Check = {
  name: 'name resolution',
  group: 'network',
  async run(site) {
    const hosts = (await endpointsOf(site)).map(({ url }) => URL.parse(url)?.hostname.replace(/^\[|\]$/g, '') ?? '');
    const proxy = URL.parse(site.configuration?.proxy ?? '')?.hostname;
    // With a proxy it is the proxy that resolves the other names.
    const wanted = proxy === undefined ? [hostname(), ...hosts] : [hostname(), proxy];
    const texts = [...new Set(wanted)].filter((name) => name !== '' && isIP(name) === 0);
    return Promise.all(texts.map(resolved));
  },
};

async function resolved(name: string): Promise<Found> {
  try {
    const [first] = await lookup(name, { all: true });
    return { verdict: 'ok', about: name, found: `is ${first?.address ?? 'nothing'}` };
  } catch (error) {
    const found = `does not resolve (${systemErrorCode(error) ?? 'unknown reason'})`;
    if (name === hostname()) {
      return { verdict: 'warning', about: name, found, remedy: 'put the name of this machine into /etc/hosts' };
    }
    return {
      verdict: 'failure',
      about: name,
      found,
      remedy: 'correct the name, /etc/resolv.conf, or put it into /etc/hosts',
    };
  }
}
