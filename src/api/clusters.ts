import { isDeepStrictEqual } from 'node:util';
import { Type as t } from '@sinclair/typebox';
import type { ClusterChange } from '../inventory/cluster-put.ts';
import { canonicalAddress, checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { checkHosts, viewOf } from './authorisation.ts';
import { NoMembers } from './body.ts';
import type { Services } from './context.ts';
import { documentChange } from './document-change.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { checkImport } from './import.ts';
import { listAnswer, named } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { ImportQuery } from './query.ts';
import { checkSamePath } from './same-path.ts';

const networkName = t.String({ pattern: '^[A-Za-z0-9_-]{1,255}$' });
const managerName = t.String({ pattern: '^[A-Za-z0-9_-]{0,255}$' });

export const ClusterBody = t.Object({
  name: t.Optional(t.String()),
  network: t.Optional(networkName),
  container_manager: t.Optional(managerName),
  /** Only an import may set these. */
  status: t.Optional(t.Unknown()),
  hostset: t.Optional(t.Unknown()),
});

/** What a PATCH is about. */
export const ClusterDocument = t.Object({
  name: t.String(),
  network: networkName,
  hostset: t.Unknown(),
  container_manager: managerName,
});

const Addresses = t.Array(t.String(), { maxItems: 100_000 });
export const HostsetBody = t.Object({ old: Addresses, new: Addresses });

/** Clusters and who is in them (contract 1.3). */
export function clusterRoutes({ clusters, whereabouts, callerOf }: Services) {
  /** Whoever may do something in the cluster could do it to every host there is by taking it in. */
  const checkTaken = (request: Request, addresses: readonly string[]) =>
    checkHosts(callerOf(request), 'member:write', addresses, whereabouts);
  return new Elysia({ name: 'clusters' })
    .get('/api/v0/clusters', ({ request, set }) => {
      const view = viewOf(callerOf(request), 'cluster:read');
      const isVisible = view && (({ name }: { name: string }) => view.sees(name));
      return listAnswer(
        { request, set, view },
        listRules.clusters,
        () => clusters.revision(),
        async (selection) => named(await clusters.select(selection, isVisible)),
      );
    })
    .get('/api/v0/cluster/:name', async ({ params, request, set }) => {
      const { value, revision, state } = await clusters.view(checkedName(params.name));
      return tagged({ request, set }, recordTag(revision, state), value);
    })
    .put(
      '/api/v0/cluster/:name',
      async ({ params, body, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { network, container_manager, hostset } = body;
        const change: ClusterChange = {
          ...(network === undefined ? {} : { network }),
          ...(container_manager === undefined ? {} : { container_manager }),
        };
        const check = preconditionOf(request);
        set.status = 201;
        if (query.import !== 'true') return clusters.put(name, change, check);
        checkImport(callerOf(request));
        const members = hostset === undefined ? [] : await addressesOf(hostset);
        const record = { name, status: '', network: 'default', hostset: members, container_manager: '', ...change };
        return clusters.importRecord(record, check);
      },
      { body: own(ClusterBody), query: own(ImportQuery) },
    )
    .patch('/api/v0/cluster/:name', ({ params, body, request }) => {
      const name = checkedName(params.name);
      const change = documentChange(request, body, ClusterDocument);
      return clusters.change(
        name,
        ({ name, network, hostset, container_manager }) => {
          const before = { name, network, hostset, container_manager };
          const after = change(before);
          checkSamePath('name', name, after.name);
          if (!isDeepStrictEqual(after.hostset, hostset)) throw membersElsewhere(name);
          return after;
        },
        preconditionOf(request),
      );
    })
    .delete('/api/v0/cluster/:name', async ({ params, request }) => {
      await clusters.delete(checkedName(params.name), preconditionOf(request));
      return [];
    })
    .get('/api/v0/cluster/:name/hosts', async ({ params, request, set }) => {
      const { value, revision } = await clusters.entry(checkedName(params.name));
      return tagged({ request, set }, recordTag(revision), value.hostset);
    })
    .put(
      '/api/v0/cluster/:name/hosts',
      async ({ params, body, request }) => {
        const [seen, wanted] = [await addressesOf(body.old), await addressesOf(body.new)];
        await checkTaken(request, wanted);
        return clusters.replaceHosts(checkedName(params.name), seen, wanted, preconditionOf(request));
      },
      { body: own(HostsetBody) },
    )
    .get('/api/v0/cluster/:name/hosts/:address', async ({ params }) => {
      const address = canonicalAddress(params.address);
      await clusters.checkMember(checkedName(params.name), address);
      return [address];
    })
    .put(
      '/api/v0/cluster/:name/hosts/:address',
      async ({ params, request }) => {
        const address = canonicalAddress(params.address);
        await checkTaken(request, [address]);
        await clusters.addHost(checkedName(params.name), address, preconditionOf(request));
        return [address];
      },
      { body: own(NoMembers) },
    )
    .delete('/api/v0/cluster/:name/hosts/:address', async ({ params, request }) => {
      const address = canonicalAddress(params.address);
      await clusters.removeHost(checkedName(params.name), address, preconditionOf(request));
      return [];
    });
}

function membersElsewhere(name: string): AppError {
  return new AppError('invalid_member', '/hostset: the members of a cluster are not changed with its record', {
    hint: `use PUT /api/v0/cluster/${name}/hosts`,
    details: { member: '/hostset' },
  });
}

/** Each once, in the order they are given: there may be very many. */
async function addressesOf(list: unknown): Promise<string[]> {
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new AppError('invalid_member', '/hostset: expected an array of addresses');
  }
  const addresses = new Set<string>();
  const pace = new Pace();
  for (const item of new Set<string>(list)) {
    addresses.add(canonicalAddress(item));
    if (pace.isDue) await pace.rest();
  }
  return [...addresses];
}
