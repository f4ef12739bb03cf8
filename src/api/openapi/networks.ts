import { Network } from '../../inventory/network.ts';
import { listRules } from '../list-rules.ts';
import { NetworkBody } from '../networks.ts';
import { json, names, nothing, type RouteDescriptions } from './route-description.ts';

const members = { type: 'flannel_server', options: { address: '192.0.2.1:8472' } };
const network = { name: 'overlay', ...members };

export const networkDescriptions: RouteDescriptions = {
  'GET /api/v0/networks': {
    id: 'listNetworks',
    summary: 'The names of all networks',
    list: listRules.networks,
    tags: 'shown',
    answers: { 200: json('The names', names, ['default', 'overlay']) },
  },
  'GET /api/v0/network/:name': {
    id: 'getNetwork',
    summary: 'One network',
    tags: 'shown',
    answers: { 200: json('The network', Network, network) },
    problems: ['network_not_found'],
  },
  'PUT /api/v0/network/:name': {
    id: 'putNetwork',
    summary: 'Creates a network. The same one again changes nothing',
    tags: 'heeded',
    body: NetworkBody,
    bodyExample: members,
    answers: { 201: json('The network', Network, network) },
    problems: ['path_mismatch', 'network_differs'],
  },
  'DELETE /api/v0/network/:name': {
    id: 'deleteNetwork',
    summary: 'Deletes a network, there or not',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['in_use'],
  },
};
