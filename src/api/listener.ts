import { isLoopback } from '../lib/loopback.ts';
import type { RequestHandler } from './app.ts';
import { listenDirectly } from './direct-listener.ts';
import { listenInFront } from './front/front.ts';
import type { Listener, ListenOptions } from './listening.ts';

/**
 * Listens for HTTP, or HTTPS when given a certificate. Where strangers can connect, or clients show certificates, a front
 * takes the connections, which costs some speed; loopback does without.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export async function listen(handle: RequestHandler, options: ListenOptions): Promise<Listener> {
  const { address, tls } = options;
  if (!isLoopback(address) || tls?.clientAuthorities !== undefined) return listenInFront(handle, options);
  return listenDirectly(handle, options);
}
