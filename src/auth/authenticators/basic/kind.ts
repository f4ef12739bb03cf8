import type { AuthenticatorKind } from '../kind.ts';
import { basicAuthenticator } from './basic.ts';
import { loadUsers } from './users.ts';

/** User names and passwords, of a file or of the configuration itself (contract 9.2). */
export const httpbasicauth: AuthenticatorKind = {
  name: 'httpbasicauth',
  options: ['filepath', 'users'],
  trustsUnbound: true,
  make(options, { clock, logger, randomBytes }) {
    const { hashes, notes } = loadUsers(options.get('users'), options.get('filepath'));
    for (const note of notes) logger.warn({ authenticator: 'httpbasicauth' }, note);
    if (hashes.size === 0) {
      logger.warn({ authenticator: 'httpbasicauth' }, 'there is no user who could log in: give filepath or users');
    }
    return basicAuthenticator({ hashes, clock, randomBytes });
  },
};
