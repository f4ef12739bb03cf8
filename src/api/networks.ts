import { Type as t } from '@sinclair/typebox';
import { Elysia } from 'elysia';
import { Network } from '../inventory/network.ts';
import { defaultNetwork } from '../inventory/networks.ts';
import { checkedName } from '../lib/addresses.ts';
import type { Services } from './context.ts';
import { listAnswer, named } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { checkSamePath } from './same-path.ts';

const NetworkBody = t.Partial(Network);

/** Overlay networks of new hosts (contract 1.5). */
export function networkRoutes({ networks }: Services) {
  return new Elysia({ name: 'networks' })
    .get('/api/v0/networks', ({ request, set }) =>
      listAnswer({ request, set }, listRules.networks, async (selection) => named(await networks.select(selection))),
    )
    .get('/api/v0/network/:name', ({ params }) => networks.get(checkedName(params.name)))
    .put(
      '/api/v0/network/:name',
      async ({ params, body, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = defaultNetwork.type, options = defaultNetwork.options } = body;
        set.status = 201;
        return networks.put({ name, type, options });
      },
      { body: NetworkBody },
    )
    .delete('/api/v0/network/:name', async ({ params }) => {
      await networks.delete(checkedName(params.name));
      return [];
    });
}
