import { isDeepStrictEqual } from 'node:util';
import { Type as t } from '@sinclair/typebox';
import { Cluster, ClusterSummary, ClusterView, clusterOf, RebootTimeout } from '../inventory/cluster.ts';
import { type ClusterChange, changedCluster } from '../inventory/cluster-put.ts';
import { canonicalAddress, checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { checkHosts, viewOf } from './authorisation.ts';
import { NoMembers } from './body.ts';
import { documentChange } from './document-change.ts';
import { secondsOf, secondsOrText } from './duration-member.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { hostAddress } from './host-reference.ts';
import { checkImport } from './import.ts';
import { listAnswer, named } from './list-answer.ts';
import type { ListRules } from './list-query.ts';
import { ClustersQuery, ForceQuery, ImportQuery } from './query.ts';
import { json, names, nothing, routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';
import { unlessRunning } from './unless-running.ts';

const networkName = t.String({
  pattern: '^[A-Za-z0-9_-]{1,255}$',
  description: 'Network of new hosts',
  form: 'the name of a network: 1 to 255 letters, digits, "-" and "_"',
});
const managerName = t.String({
  pattern: '^[A-Za-z0-9_-]{0,255}$',
  description: 'Name of the container manager, or empty',
  form: 'the name of a container manager, or an empty text for none',
});
export const ClusterBody = t.Object({
  name: t.Optional(t.String()),
  network: t.Optional(networkName),
  container_manager: t.Optional(managerName),
  reboot_timeout: t.Optional(
    t.Union([secondsOrText(RebootTimeout), t.Null()], {
      description: 'Seconds from 1 to 86400, a text such as "10m", or null for none of its own',
      form: 'a whole number of seconds from 1 to 86400, a text such as "10m", or null for none of its own',
    }),
  ),
  /** Only an import may set these. */
  status: t.Optional(t.Unknown()),
  hostset: t.Optional(t.Unknown()),
});

/** The document that a PATCH changes. */
export const ClusterDocument = t.Object({
  name: t.String(),
  network: networkName,
  hostset: t.Unknown(),
  container_manager: managerName,
  reboot_timeout: t.Optional(secondsOrText(RebootTimeout)),
});

const addresses = (description: string) =>
  t.Array(t.String({ form: 'the address of a host' }), {
    maxItems: 100_000,
    description,
    form: 'an array of at most 100000 addresses',
  });
export const HostsetBody = t.Object({
  old: addresses('The members as they are, to change them all at once'),
  new: addresses('The members that it is to have'),
});

const member = '192.0.2.11';
const summary = { name: 'web', status: '', network: 'default', container_manager: '' };
const cluster = { ...summary, hostset: [member] };
const view = { ...cluster, status: 'ok', hosts: { total: 1, available: 1, unavailable: 0 } };

/** The members that the list can be filtered and sorted by. */
const clustersList = {
  fields: {
    name: 'text',
    status: 'text',
    network: 'text',
    container_manager: 'text',
    reboot_timeout: 'number',
    hostset: 'address',
    'hosts.*': 'number',
  },
  values: { status: ['ok', 'degraded', 'failed'] },
  others: ['details'],
} satisfies ListRules;

/** Clusters and their members (contract 1.3). */
export const clusterRoutes = routeGroup({
  title: 'Clusters',
  description: 'Sets of hosts, and who is in them',
  schemas: { Cluster, ClusterView, ClusterSummary },
  routes: {
    listClusters: {
      method: 'GET',
      path: '/api/v0/clusters',
      permission: 'cluster:read',
      about: 'list',
      summary: 'The names of all clusters, or with details=true the clusters with the state of their members',
      list: clustersList,
      conditional: 'read',
      query: ClustersQuery,
      answers: { 200: json('The names, or the clusters', t.Union([names, t.Array(ClusterView)]), ['web']) },
    },
    getCluster: {
      method: 'GET',
      path: '/api/v0/cluster/:name',
      permission: 'cluster:read',
      about: 'cluster',
      summary: 'One cluster with the state of its members',
      conditional: 'read',
      answers: { 200: json('The cluster', ClusterView, view) },
      problems: ['cluster_not_found'],
    },
    putCluster: {
      method: 'PUT',
      path: '/api/v0/cluster/:name',
      permission: 'cluster:write',
      about: 'cluster',
      summary: 'Creates a cluster, or changes the members of its record that are given; its hosts stay',
      conditional: 'change',
      query: ImportQuery,
      body: ClusterBody,
      bodyExample: { network: 'default' },
      answers: { 201: json('The cluster, without its hosts', ClusterSummary, summary) },
      problems: ['path_mismatch', 'invalid_address', 'host_not_found', 'host_in_other_cluster', 'network_unknown'],
    },
    changeCluster: {
      method: 'PATCH',
      path: '/api/v0/cluster/:name',
      permission: 'cluster:write',
      about: 'cluster',
      summary:
        'Changes the network, the container manager or the reboot timeout; its name and its members can be tested',
      conditional: 'change',
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
    deleteCluster: {
      method: 'DELETE',
      path: '/api/v0/cluster/:name',
      permission: 'cluster:write',
      about: 'cluster',
      summary: 'Deletes a cluster and takes its members from its container manager; the hosts stay',
      conditional: 'change',
      query: ForceQuery,
      answers: { 200: nothing },
      problems: ['cluster_not_found', 'operation_running', 'container_manager_failed'],
    },
    listMembers: {
      method: 'GET',
      path: '/api/v0/cluster/:name/hosts',
      permission: 'cluster:read',
      about: 'cluster',
      summary: 'The addresses of the members',
      conditional: 'read',
      answers: { 200: json('The addresses', names, [member]) },
      problems: ['cluster_not_found'],
    },
    replaceMembers: {
      method: 'PUT',
      path: '/api/v0/cluster/:name/hosts',
      permission: 'member:write',
      about: 'cluster',
      summary: 'Replaces the members, if they still are what the caller last saw',
      conditional: 'change',
      query: ForceQuery,
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
        'operation_running',
        'container_manager_failed',
      ],
    },
    getMember: {
      method: 'GET',
      path: '/api/v0/cluster/:name/hosts/:address',
      permission: 'cluster:read',
      about: 'cluster',
      summary: 'Whether a host is a member',
      answers: { 200: json('It is', names, [member]) },
      problems: ['cluster_not_found', 'not_a_member'],
    },
    addMember: {
      method: 'PUT',
      path: '/api/v0/cluster/:name/hosts/:address',
      permission: 'member:write',
      about: 'cluster',
      summary: 'Adds a host, which may be a member already',
      conditional: 'change',
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
    removeMember: {
      method: 'DELETE',
      path: '/api/v0/cluster/:name/hosts/:address',
      permission: 'member:write',
      about: 'cluster',
      summary: 'Takes a host out, a member or not',
      conditional: 'change',
      query: ForceQuery,
      answers: { 200: nothing },
      problems: ['cluster_not_found', 'operation_running', 'container_manager_failed'],
    },
  },
  handlers: (services) => {
    const { clusters, whereabouts, callerOf } = services;
    const leaving = unlessRunning(services);
    const namedBy = (request: Request) => (text: string) => hostAddress(callerOf(request), text, services);
    /** Every host must be checked: a caller with a permission for the cluster gains it for each host that joins. */
    const checkTaken = (request: Request, addresses: readonly string[]) =>
      checkHosts(callerOf(request), 'member:write', addresses, whereabouts);
    return {
      listClusters: ({ query, request, set }) => {
        const view = viewOf(callerOf(request), 'cluster:read');
        const isVisible = view && (({ name }: { name: string }) => view.sees(name));
        const exchange = { request, set, view };
        const revision = () => clusters.revision();
        return query.details === 'true'
          ? listAnswer(exchange, clustersList, revision, (selection) => clusters.selectViews(selection, isVisible))
          : listAnswer(exchange, clustersList, revision, async (selection) =>
              named(await clusters.select(selection, isVisible)),
            );
      },
      getCluster: async ({ params, request, set }) => {
        const { value, revision, state } = await clusters.view(checkedName(params.name));
        return tagged({ request, set }, recordTag(revision, state), value);
      },
      putCluster: async ({ params, body, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { network, container_manager, reboot_timeout, hostset } = body;
        const change: ClusterChange = {
          ...(network === undefined ? {} : { network }),
          ...(container_manager === undefined ? {} : { container_manager }),
          ...(reboot_timeout === undefined ? {} : { reboot_timeout: ownTimeout(reboot_timeout) }),
        };
        const check = preconditionOf(request);
        set.status = 201;
        if (query.import !== 'true') return clusters.put(name, change, check);
        checkImport(callerOf(request));
        const members = hostset === undefined ? [] : await addressesOf(hostset, namedBy(request));
        const record = { name, status: '', network: 'default', container_manager: '' };
        return clusters.importRecord(clusterOf(changedCluster(record, change), members), check);
      },
      changeCluster: ({ params, body, request }) => {
        const name = checkedName(params.name);
        const change = documentChange(request, body, ClusterDocument);
        return clusters.change(
          name,
          ({ name, network, hostset, container_manager, reboot_timeout }) => {
            const own = reboot_timeout === undefined ? {} : { reboot_timeout };
            const after = change({ name, network, hostset, container_manager, ...own });
            checkSamePath('name', name, after.name);
            if (!isDeepStrictEqual(after.hostset, hostset)) throw membersElsewhere(name);
            return { ...after, reboot_timeout: ownTimeout(after.reboot_timeout ?? null) };
          },
          preconditionOf(request),
        );
      },
      deleteCluster: async ({ params, query, request }) => {
        const [name, check] = [checkedName(params.name), preconditionOf(request)];
        await leaving(request, query, (checkWork) => clusters.delete(name, check, checkWork));
        return [];
      },
      listMembers: async ({ params, request, set }) => {
        const { value, revision } = await clusters.entry(checkedName(params.name));
        return tagged({ request, set }, recordTag(revision), value.hostset);
      },
      replaceMembers: async ({ params, body, query, request }) => {
        const byName = namedBy(request);
        const [seen, wanted] = [await addressesOf(body.old, byName), await addressesOf(body.new, byName)];
        await checkTaken(request, wanted);
        const [name, check] = [checkedName(params.name), preconditionOf(request)];
        return leaving(request, query, (checkWork) => clusters.replaceHosts(name, seen, wanted, check, checkWork));
      },
      getMember: async ({ params }) => {
        const address = canonicalAddress(params.address);
        await clusters.checkMember(checkedName(params.name), address);
        return [address];
      },
      addMember: async ({ params, request }) => {
        const address = canonicalAddress(params.address);
        await checkTaken(request, [address]);
        await clusters.addHost(checkedName(params.name), address, preconditionOf(request));
        return [address];
      },
      removeMember: async ({ params, query, request }) => {
        const address = canonicalAddress(params.address);
        const [name, check] = [checkedName(params.name), preconditionOf(request)];
        await leaving(request, query, (checkWork) => clusters.removeHost(name, address, check, checkWork));
        return [];
      },
    };
  },
});

function membersElsewhere(name: string): AppError {
  return new AppError('invalid_member', 'hostset: the members of a cluster are not changed with its record', {
    hint: `use PUT /api/v0/cluster/${name}/hosts`,
    details: { member: '/hostset' },
  });
}

/** Each address once, in the given order. The list may be very long. */
async function addressesOf(list: unknown, addressOf: (text: string) => Promise<string>): Promise<string[]> {
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new AppError('invalid_member', 'hostset must be an array of addresses', { details: { member: '/hostset' } });
  }
  const addresses = new Set<string>();
  const pace = new Pace();
  for (const item of new Set<string>(list)) {
    addresses.add(await addressOf(item));
    if (pace.isDue) await pace.rest();
  }
  return [...addresses];
}

/** Null for none of its own. @throws AppError `invalid_member` */
function ownTimeout(given: number | string | null): number | null {
  return given === null ? null : secondsOf('/reboot_timeout', given, RebootTimeout);
}
