import { isLoopback } from './loopback.ts';

/**
 * A setting of `fetch`: the peer itself is asked, whatever proxy the environment names (`http_proxy`, `HTTPS_PROXY`, …). A proxy
 * would answer in the place of a machine that does not, and would see what is meant for the peer.
 */
export const withoutProxy = { proxy: false } as const;

/** The same for a URL on this machine, which a proxy cannot reach. Others are reached as the environment says. */
export function proxySettingFor(url: string | URL): { proxy?: false } {
  return isLoopback(new URL(url).hostname) ? withoutProxy : {};
}
