import { AppError } from '../lib/errors.ts';
import { type DialOptions, Handshake } from './handshake.ts';
import { hostKeyOffers } from './host-key-offers.ts';
import { NoSuchHostKey } from './no-common-algorithm.ts';
import { parsePrivateKey } from './private-key.ts';
import type { Session, Target } from './session.ts';

/**
 * Logs in to a machine. It compares the host key with the pinned one before any command can be sent.
 *
 * @throws AppError `unreachable` (naming the phase), `host_busy`, `host_key_changed`, `login_refused`,
 *   `key_unreadable`, `key_passphrase_protected`, `connection_lost` naming the jump host; the signal's reason
 */
export async function dial(target: Target, options: DialOptions): Promise<Session> {
  options.signal?.throwIfAborted();
  const key = (options.parseKey ?? parsePrivateKey)(target.privateKey);
  const offers = hostKeyOffers(await options.hostKeys.pinned(target.address));
  let changed: AppError | undefined;
  let missing: NoSuchHostKey | undefined;
  for (const serverHostKey of offers) {
    try {
      return await new Handshake(target, options, key, serverHostKey).run();
    } catch (error) {
      if (error instanceof NoSuchHostKey) missing = error;
      else if (error instanceof AppError && error.code === 'host_key_changed') changed ??= error;
      else throw error;
    }
  }
  throw changed ?? missing;
}
