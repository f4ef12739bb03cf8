import { Type as t } from '@sinclair/typebox';
import { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { documentChange } from './document-change.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { listAnswer, named } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

export const ContainerManagerBody = t.Partial(ContainerManagerRecord);

/** Container managers and how to reach them (contract 1.6). No secret leaves here but as its mask. */
export function containerManagerRoutes({ containerManagers }: Services) {
  return new Elysia({ name: 'container-managers' })
    .get('/api/v0/containermanagers', ({ request, set }) =>
      listAnswer(
        { request, set },
        listRules.containerManagers,
        () => containerManagers.revision(),
        async (selection) => named(await containerManagers.select(selection)),
      ),
    )
    .get('/api/v0/containermanager/:name', async ({ params, request, set }) => {
      const { value, revision } = await containerManagers.entry(checkedName(params.name));
      return tagged({ request, set }, recordTag(revision), value);
    })
    .put(
      '/api/v0/containermanager/:name',
      async ({ params, body, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = 'openshift', options = {} } = body;
        set.status = 201;
        return containerManagers.put({ name, type, options }, preconditionOf(request));
      },
      { body: own(ContainerManagerBody) },
    )
    .patch('/api/v0/containermanager/:name', ({ params, body, request }) => {
      const name = checkedName(params.name);
      const change = documentChange(request, body, ContainerManagerRecord);
      const changed = (record: ContainerManagerRecord) => {
        const after = change(record);
        checkSamePath('name', name, after.name);
        return after;
      };
      return containerManagers.change(name, changed, preconditionOf(request));
    })
    .delete('/api/v0/containermanager/:name', async ({ params, request }) => {
      await containerManagers.delete(checkedName(params.name), preconditionOf(request));
      return [];
    });
}
