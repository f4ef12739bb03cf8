import { type Static, Type as t } from '@sinclair/typebox';
import { Role } from '../auth/roles.ts';
import { whoIs } from '../auth/who-am-i.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { counted } from './list-answer.ts';
import { readSelection } from './list-query.ts';
import { listRules } from './list-rules.ts';
import { ForceQuery } from './query.ts';
import { checkSamePath } from './same-path.ts';

export const RoleBody = t.Object({ name: t.Optional(t.String()), permissions: Role.properties.permissions });

/** What roles there are, and which the caller has. */
export function roleRoutes({ roles, callerOf }: Services) {
  const author = (request: Request, { force }: Static<typeof ForceQuery>) => ({
    identity: callerOf(request).identity,
    isForced: force === 'true',
  });
  return new Elysia({ name: 'roles' })
    .get('/api/v0/whoami', ({ request }) => {
      const { identity, access } = callerOf(request);
      return whoIs(identity, access.own);
    })
    .get('/api/v0/roles', async ({ request, set }) => {
      const found = await roles.select(readSelection(request.url, listRules.roles));
      // Those of the configuration have no revision.
      return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
    })
    .get('/api/v0/role/:name', async ({ params, request, set }) => {
      const { value, revision } = await roles.entry(checkedName(params.name));
      return tagged({ request, set }, value.source === 'store' ? recordTag(revision) : contentTag(value), value);
    })
    .put(
      '/api/v0/role/:name',
      ({ params, body: { name: said, permissions }, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return roles.put({ name, permissions }, author(request, query), preconditionOf(request));
      },
      { body: own(RoleBody), query: own(ForceQuery) },
    )
    .delete(
      '/api/v0/role/:name',
      async ({ params, query, request }) => {
        await roles.delete(checkedName(params.name), author(request, query), preconditionOf(request));
        return [];
      },
      { query: own(ForceQuery) },
    );
}
