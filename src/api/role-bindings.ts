import { type Static, Type as t } from '@sinclair/typebox';
import { RoleBinding } from '../auth/bindings.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { counted } from './list-answer.ts';
import { readSelection } from './list-query.ts';
import { listRules } from './list-rules.ts';
import { ForceQuery } from './query.ts';
import { checkSamePath } from './same-path.ts';

export const RoleBindingBody = t.Object({ name: t.Optional(t.String()), ...RoleBinding.properties });

/** Who has which role, and how far. */
export function roleBindingRoutes({ roleBindings, callerOf }: Services) {
  const author = (request: Request, { force }: Static<typeof ForceQuery>) => ({
    identity: callerOf(request).identity,
    isForced: force === 'true',
  });
  return new Elysia({ name: 'role-bindings' })
    .get('/api/v0/rolebindings', async ({ request, set }) => {
      const found = await roleBindings.select(readSelection(request.url, listRules.roleBindings));
      // Those of the configuration have no revision.
      return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
    })
    .get('/api/v0/rolebinding/:name', async ({ params, request, set }) => {
      const { value, revision } = await roleBindings.entry(checkedName(params.name));
      return tagged({ request, set }, value.source === 'store' ? recordTag(revision) : contentTag(value), value);
    })
    .put(
      '/api/v0/rolebinding/:name',
      ({ params, body: { name: said, ...binding }, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return roleBindings.put(name, binding, author(request, query), preconditionOf(request));
      },
      { body: own(RoleBindingBody), query: own(ForceQuery) },
    )
    .delete(
      '/api/v0/rolebinding/:name',
      async ({ params, query, request }) => {
        await roleBindings.delete(checkedName(params.name), author(request, query), preconditionOf(request));
        return [];
      },
      { query: own(ForceQuery) },
    );
}
