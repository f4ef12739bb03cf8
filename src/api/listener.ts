import { isLoopback } from '../lib/loopback.ts';
import type { RequestHandler } from './app.ts';
import { listenDirectly } from './direct-listener.ts';
import { listenInFront } from './front/front.ts';
import type { Listener, ListenOptions } from './listening.ts';

/**
 * Listens for HTTP, or HTTPS when given a certificate. Where strangers can connect, clients show certificates, or
 * descriptors are few, a front accepts the connections, which costs some speed. Loopback has no front.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export async function listen(handle: RequestHandler, options: ListenOptions): Promise<Listener> {
  const { address, tls, runningOut } = options;
  const isCounted = !isLoopback(address) || tls?.clientAuthorities !== undefined;
  if (isCounted || runningOut === undefined) return listenInFront(handle, options);
  return listenDirectly(handle, { ...options, runningOut });
}
