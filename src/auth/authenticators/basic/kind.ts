import { readPath } from '../../../config/values.ts';
import type { Authenticator } from '../../authenticator.ts';
import { FollowedFile } from '../followed-file.ts';
import type { AuthenticatorKind } from '../kind.ts';
import { basicAuthenticator } from './basic.ts';
import { loadUsers } from './users.ts';

/** User names and passwords, from a file or from the configuration itself (contract 9.2). */
export const httpbasicauth: AuthenticatorKind = {
  name: 'httpbasicauth',
  options: ['filepath', 'users'],
  trustsUnbound: true,
  make(options, { clock, logger, randomBytes }) {
    const inline = options.get('users');
    const filepath = options.get('filepath');
    // New users invalidate all remembered results, so a new authenticator is made.
    const read = () => {
      const { hashes, notes } = loadUsers(inline, filepath);
      for (const note of notes) logger.warn({ authenticator: 'httpbasicauth' }, note);
      if (hashes.size === 0) {
        logger.warn({ authenticator: 'httpbasicauth' }, 'there is no user who could log in: give filepath or users');
      }
      return basicAuthenticator({ hashes, clock, randomBytes });
    };
    if (filepath === undefined) return read();
    return following(new FollowedFile({ path: readPath(filepath), read, clock, logger }));
  },
};

function following(followed: FollowedFile<Authenticator>): Authenticator {
  const { name, asksFor, challenge } = followed.current();
  return {
    name,
    asksFor,
    challenge,
    guessable: {
      claimed: (request) => followed.current().guessable?.claimed(request),
      recall: (request) => followed.current().guessable?.recall(request),
    },
    authenticate: (request) => followed.current().authenticate(request),
  };
}
