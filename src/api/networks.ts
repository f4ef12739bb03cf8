import { Type as t } from '@sinclair/typebox';
import { Network } from '../inventory/network.ts';
import { defaultNetwork } from '../inventory/networks.ts';
import { checkedName } from '../lib/addresses.ts';
import { textsOf } from '../lib/literals.ts';
import { checked } from './checked-document.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { checkImport } from './import.ts';
import { listAnswer, named } from './list-answer.ts';
import type { ListRules } from './list-query.ts';
import { ImportQuery } from './query.ts';
import { json, names, nothing, routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';

const NetworkBody = t.Partial(Network);

/** Only a new network is checked against `Network`: an existing one differs from a wrong description (contract N3). */
const AnyNetwork = t.Partial(t.Object({ name: t.String(), type: t.Unknown(), options: t.Unknown() }));

const members = { type: 'flannel_server', options: { address: '192.0.2.1:8472' } };
const network = { name: 'overlay', ...members };

/** The members that the list can be filtered and sorted by. */
const networksList = {
  fields: { name: 'text', type: 'text', 'options.*': 'text' },
  values: { type: textsOf(Network.properties.type) },
} satisfies ListRules;

/** Overlay networks of new hosts (contract 1.5). */
export const networkRoutes = routeGroup({
  title: 'Networks',
  description: 'Overlay networks of new hosts',
  schemas: { Network },
  routes: {
    listNetworks: {
      method: 'GET',
      path: '/api/v0/networks',
      permission: 'network:read',
      about: 'anything',
      summary: 'The names of all networks',
      list: networksList,
      conditional: 'read',
      answers: { 200: json('The names', names, ['default', 'overlay']) },
    },
    getNetwork: {
      method: 'GET',
      path: '/api/v0/network/:name',
      permission: 'network:read',
      about: 'anything',
      summary: 'One network',
      conditional: 'read',
      answers: { 200: json('The network', Network, network) },
      problems: ['network_not_found'],
    },
    putNetwork: {
      method: 'PUT',
      path: '/api/v0/network/:name',
      permission: 'network:write',
      about: 'site',
      summary: 'Creates a network. The same one again changes nothing',
      conditional: 'change',
      query: ImportQuery,
      body: AnyNetwork,
      documentedBody: NetworkBody,
      bodyExample: members,
      answers: { 201: json('The network', Network, network) },
      problems: ['path_mismatch', 'network_differs'],
    },
    deleteNetwork: {
      method: 'DELETE',
      path: '/api/v0/network/:name',
      permission: 'network:write',
      about: 'site',
      summary: 'Deletes a network, there or not',
      conditional: 'change',
      answers: { 200: nothing },
      problems: ['in_use'],
    },
  },
  handlers: ({ networks, callerOf }) => {
    return {
      listNetworks: ({ request, set }) =>
        listAnswer(
          { request, set },
          networksList,
          () => networks.revision(),
          async (selection) => named(await networks.select(selection)),
        ),
      getNetwork: async ({ params, request, set }) => {
        const { value, revision } = await networks.entry(checkedName(params.name));
        return tagged({ request, set }, recordTag(revision), value);
      },
      putNetwork: async ({ params, body, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = defaultNetwork.type, options = defaultNetwork.options } = body;
        const network = () => checked(Network, { name, type, options }, { path: request.url });
        set.status = 201;
        if (query.import !== 'true') return networks.put(name, network, preconditionOf(request));
        checkImport(callerOf(request));
        return networks.importRecord(network(), preconditionOf(request));
      },
      deleteNetwork: async ({ params, request }) => {
        await networks.delete(checkedName(params.name), preconditionOf(request));
        return [];
      },
    };
  },
});
