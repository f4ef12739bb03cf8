import { isLoopback } from '../lib/loopback.ts';
import { fault } from './given.ts';

interface Listener {
  readonly listenInterface: string;
  readonly tlsPemfile: string | undefined;
  readonly insecure: boolean;
}

/**
 * Plain HTTP on an address that other machines can reach needs an explicit option.
 *
 * @param where the place of the address
 * @throws AppError `invalid_configuration`
 */
export function refuseUnsaidPlainHttp(listener: Listener, where: string): void {
  if (!isExposed(listener) || listener.insecure) return;
  const problem = `plain HTTP on ${listener.listenInterface} would send passwords over the network in clear`;
  throw fault(where, problem, 'set tls-pemfile, listen on 127.0.0.1, or accept the risk with insecure (--insecure)');
}

/** Whether passwords cross a network unencrypted. */
export function isExposed({ listenInterface, tlsPemfile }: Listener): boolean {
  return tlsPemfile === undefined && !isLoopback(listenInterface);
}
