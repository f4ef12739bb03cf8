import { Type as t } from '@sinclair/typebox';
import { Network } from '../inventory/network.ts';
import { defaultNetwork } from '../inventory/networks.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { listAnswer, named } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

export const NetworkBody = t.Partial(Network);

/** Overlay networks of new hosts (contract 1.5). */
export function networkRoutes({ networks }: Services) {
  return new Elysia({ name: 'networks' })
    .get('/api/v0/networks', ({ request, set }) =>
      listAnswer(
        { request, set },
        listRules.networks,
        () => networks.revision(),
        async (selection) => named(await networks.select(selection)),
      ),
    )
    .get('/api/v0/network/:name', async ({ params, request, set }) => {
      const { value, revision } = await networks.entry(checkedName(params.name));
      return tagged({ request, set }, recordTag(revision), value);
    })
    .put(
      '/api/v0/network/:name',
      async ({ params, body, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = defaultNetwork.type, options = defaultNetwork.options } = body;
        set.status = 201;
        return networks.put({ name, type, options }, preconditionOf(request));
      },
      { body: own(NetworkBody) },
    )
    .delete('/api/v0/network/:name', async ({ params, request }) => {
      await networks.delete(checkedName(params.name), preconditionOf(request));
      return [];
    });
}
