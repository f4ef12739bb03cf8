import { Type as t } from '@sinclair/typebox';
import { Cluster, ClusterSummary, ClusterView } from '../../inventory/cluster.ts';
import { NoMembers } from '../body.ts';
import { ClusterBody, ClusterDocument, HostsetBody } from '../clusters.ts';
import { listRules } from '../list-rules.ts';
import { ImportQuery } from '../query.ts';
import { json, names, nothing, type RouteDescriptions } from './route-description.ts';

const member = '192.0.2.11';
const summary = { name: 'web', status: '', network: 'default', container_manager: '' };
const cluster = { ...summary, hostset: [member] };
const view = { ...cluster, status: 'ok', hosts: { total: 1, available: 1, unavailable: 0 } };

export const clusterDescriptions: RouteDescriptions = {
  'GET /api/v0/clusters': {
    id: 'listClusters',
    summary: 'The names of all clusters',
    list: listRules.clusters,
    tags: 'shown',
    answers: { 200: json('The names', names, ['web']) },
  },
  'GET /api/v0/cluster/:name': {
    id: 'getCluster',
    summary: 'One cluster with the state of its members',
    tags: 'shown',
    answers: { 200: json('The cluster', ClusterView, view) },
    problems: ['cluster_not_found'],
  },
  'PUT /api/v0/cluster/:name': {
    id: 'putCluster',
    summary: 'Creates a cluster, or changes the members of its record that are given; its hosts stay',
    tags: 'heeded',
    query: ImportQuery,
    body: ClusterBody,
    bodyExample: { network: 'default' },
    answers: { 201: json('The cluster, without its hosts', ClusterSummary, summary) },
    problems: ['path_mismatch', 'invalid_address', 'host_not_found', 'host_in_other_cluster', 'network_unknown'],
  },
  'PATCH /api/v0/cluster/:name': {
    id: 'changeCluster',
    summary: 'Changes the network or the container manager; its name and its members can be tested',
    tags: 'heeded',
    patch: {
      merge: t.Partial(ClusterDocument, { additionalProperties: true }),
      example: { container_manager: 'prod' },
      lines: [
        { op: 'test', path: '/hostset/0', value: member },
        { op: 'replace', path: '/container_manager', value: 'prod' },
      ],
    },
    answers: { 200: json('The cluster, without its hosts', ClusterSummary, summary) },
    problems: ['path_mismatch', 'cluster_not_found', 'network_unknown', 'container_manager_unknown'],
  },
  'DELETE /api/v0/cluster/:name': {
    id: 'deleteCluster',
    summary: 'Deletes a cluster and takes its members from its container manager; the hosts stay',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['cluster_not_found', 'container_manager_failed'],
  },
  'GET /api/v0/cluster/:name/hosts': {
    id: 'listMembers',
    summary: 'The addresses of the members',
    tags: 'shown',
    answers: { 200: json('The addresses', names, [member]) },
    problems: ['cluster_not_found'],
  },
  'PUT /api/v0/cluster/:name/hosts': {
    id: 'replaceMembers',
    summary: 'Replaces the members, if they still are what the caller last saw',
    tags: 'heeded',
    body: HostsetBody,
    bodyExample: { old: [], new: [member] },
    answers: { 200: json('The cluster', Cluster, cluster) },
    problems: [
      'invalid_address',
      'cluster_not_found',
      'hostset_changed',
      'host_not_found',
      'host_not_suitable',
      'host_in_other_cluster',
      'container_manager_failed',
    ],
  },
  'GET /api/v0/cluster/:name/hosts/:address': {
    id: 'getMember',
    summary: 'Whether a host is a member',
    answers: { 200: json('It is', names, [member]) },
    problems: ['cluster_not_found', 'not_a_member'],
  },
  'PUT /api/v0/cluster/:name/hosts/:address': {
    id: 'addMember',
    summary: 'Adds a host, which may be a member already',
    tags: 'heeded',
    body: NoMembers,
    bodyExample: {},
    answers: { 200: json('It is a member', names, [member]) },
    problems: [
      'cluster_not_found',
      'host_not_found',
      'host_not_suitable',
      'host_in_other_cluster',
      'container_manager_failed',
    ],
  },
  'DELETE /api/v0/cluster/:name/hosts/:address': {
    id: 'removeMember',
    summary: 'Takes a host out, a member or not',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['cluster_not_found', 'container_manager_failed'],
  },
};
