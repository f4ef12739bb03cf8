import { Type as t } from '@sinclair/typebox';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { eventForAll } from './event-for-all.ts';
import { Elysia, own } from './framework.ts';
import { parameter } from './query.ts';

export const HookQuery = t.Object({ hook: parameter });

/** What hooks gave up on: to be looked at, and to be cleared away. */
export function deadLetterRoutes({ deadLetters }: Services) {
  const named = (hook: string | undefined) => (hook === undefined ? undefined : checkedName(hook));
  return new Elysia({ name: 'dead-letters' })
    .get(
      '/api/v0/hooks/dead-letters',
      async ({ query }) => {
        const letters = await deadLetters.list(named(query.hook));
        return letters.map((letter) => ({ ...letter, event: eventForAll(letter.event) }));
      },
      { query: own(HookQuery) },
    )
    .delete(
      '/api/v0/hooks/dead-letters',
      async ({ query }) => {
        await deadLetters.clear(named(query.hook));
        return [];
      },
      { query: own(HookQuery) },
    );
}
