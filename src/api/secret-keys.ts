import { NoMembers } from './body.ts';
import type { Services } from './context.ts';
import { Elysia, own } from './framework.ts';

/** The key that everything secret in the store is sealed with. */
export function secretKeyRoutes({ rotateSecretKey }: Services) {
  return new Elysia({ name: 'secret-keys' }).post('/api/v0/secret-keys/rotate', () => rotateSecretKey(), {
    body: own(NoMembers),
  });
}
