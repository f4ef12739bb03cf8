/** A jump host as `ProxyJump` and `-J` of ssh name it. */
export interface Hop {
  host: string;
  user?: string;
  port?: string;
}

/**
 * Reads `[USER@]HOST[:PORT]` or `ssh://[USER@]HOST[:PORT]`, in the notation of ssh_config(5).
 *
 * @throws Error when ssh would refuse it, or its versions read it in different ways
 */
export function hopOf(text: string): Hop {
  const [, url] = /^ssh:\/\/(.*?)\/?$/.exec(text) ?? [];
  const at = (url ?? text).lastIndexOf('@');
  const [user, place] = [(url ?? text).slice(0, Math.max(0, at)), (url ?? text).slice(at + 1)];
  const [, bracketed, plain = '', port] = /^(?:\[([^[\]]+)\]|([^[\]:/\s]+))(?::(\d+))?$/.exec(place) ?? [];
  const host = bracketed ?? plain;
  if (host === '' || at === 0 || !isPort(port) || (url !== undefined && /[%+;]/.test(user))) {
    throw new Error(`"${text}" is no jump host: write [USER@]HOST[:PORT], an IPv6 address in brackets`);
  }
  return { host, ...(user === '' ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

export function isPort(port = '22'): boolean {
  return Number(port) >= 1 && Number(port) <= 65_535;
}
