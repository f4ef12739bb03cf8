import { Type as t } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { listAnswer, named } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

const ContainerManagerBody = t.Partial(ContainerManagerRecord);

/** Container managers and how to reach them (contract 1.6). No secret leaves here but as its mask. */
export function containerManagerRoutes({ containerManagers }: Services) {
  return new Elysia({ name: 'container-managers' })
    .get('/api/v0/containermanagers', ({ request, set }) =>
      listAnswer({ request, set }, listRules.containerManagers, async (selection) =>
        named(await containerManagers.select(selection)),
      ),
    )
    .get('/api/v0/containermanager/:name', ({ params }) => containerManagers.get(checkedName(params.name)))
    .put(
      '/api/v0/containermanager/:name',
      async ({ params, body, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = 'openshift', options = {} } = body;
        set.status = 201;
        return containerManagers.put({ name, type, options });
      },
      { body: ContainerManagerBody },
    )
    .patch(
      '/api/v0/containermanager/:name',
      ({ params, body }) => {
        const { name: inBody, ...change } = body;
        const name = checkedName(params.name);
        checkSamePath('name', name, inBody);
        return containerManagers.change(name, change);
      },
      { body: ContainerManagerBody },
    )
    .delete('/api/v0/containermanager/:name', async ({ params }) => {
      await containerManagers.delete(checkedName(params.name));
      return [];
    });
}
