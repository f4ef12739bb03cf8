import { isIP } from 'node:net';
import type { Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Permission } from '../auth/permissions.ts';
import { registrationCount } from '../auth/tokens/registration.ts';
import { emptyHost, type Host } from '../inventory/host.ts';
import type { NewHost } from '../inventory/host-registration.ts';
import type { Created } from '../inventory/hosts.ts';
import { Labels } from '../inventory/labels.ts';
import { proxyJump } from '../inventory/proxy-jump.ts';
import type { SameMachine } from '../inventory/same-machine.ts';
import { canonicalAddress, checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { resolveTarget } from '../operations/targets/resolve.ts';
import { requestedTarget } from '../operations/targets/states.ts';
import { checkCluster, checkHosts, checkOwnAddress, viewOf } from './authorisation.ts';
import type { Caller } from './caller.ts';
import { checked } from './checked-document.ts';
import { documentChange } from './document-change.ts';
import { contentState, preconditionOf, recordTag, tagged } from './etag.ts';
import { hostAddresses } from './host-reference.ts';
import {
  type HostBody,
  HostDocument,
  type HostView,
  hostDeclarations,
  hostSchemas,
  hostsList,
  type Login,
  serverOwned,
} from './host-routes.ts';
import { checkImport } from './import.ts';
import { listAnswer } from './list-answer.ts';
import type { RegistrationQuery } from './query.ts';
import { routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';
import { unlessRunning } from './unless-running.ts';

/** Hosts, their labels, credentials and host keys (contract 1.2). */
export const hostRoutes = routeGroup({
  title: 'Hosts',
  description: 'Machines, their labels, how to log in to them, and their host keys',
  schemas: hostSchemas,
  routes: hostDeclarations,
  handlers: (services) => {
    const { hosts, nodes, clock, whereabouts, callerOf } = services;
    const leaving = unlessRunning(services);
    const store = async (
      address: string,
      sent: HostBody,
      query: Static<typeof RegistrationQuery>,
      request: Request,
    ) => {
      const check = preconditionOf(request);
      const caller = callerOf(request);
      const body = await admitted(caller, address, sent);
      if (query.import !== 'true') {
        const made = await hosts.create(newHost(address, body), check, registrationCount(caller.identity, clock));
        return query.details === 'true' ? shownAfter(caller, made, body) : made.host;
      }
      checkImport(caller);
      return hosts.importRecord(importedHost(address, body), newHost(address, body), check);
    };

    /**
     * The request to register a host, with jump hosts by their addresses.
     *
     * @throws AppError `forbidden`
     */
    const admitted = async (caller: Caller, address: string, sent: HostBody): Promise<HostBody> => {
      const body = await withJumpAddresses(caller, sent);
      checkCluster(caller, 'host:register', body.cluster || undefined);
      // For an existing host the answer shows its record: then its own cluster counts too.
      if (await hosts.has(address)) await checkHosts(caller, 'host:register', [address], whereabouts);
      await checkJump(caller, 'host:register', body);
      return body;
    };

    const withJumpAddresses = async <B extends Static<typeof Login>>(caller: Caller, body: B): Promise<B> =>
      body.proxy_jump === undefined
        ? body
        : { ...body, proxy_jump: await hostAddresses(caller, proxyJump(body.proxy_jump), services) };

    /** Says what a registration did not change, and which hosts may be the same machine, as far as the caller sees them. */
    const shownAfter = async (caller: Caller, made: Created, { host_key }: HostBody): Promise<HostView> => {
      const { host } = made;
      const existing = 'differs' in made ? { existing: { differs: made.differs } } : {};
      const identities = host_key === undefined ? host.facts : { ...host.facts, host_key };
      return { ...host, ...existing, ...(await others(caller, host.address, identities)) };
    };

    const others = async (
      caller: Caller,
      address: string,
      identities: Host['facts'],
    ): Promise<Pick<HostView, 'same_machine'>> => {
      const found = await hosts.sameMachine(address, identities);
      const seen: SameMachine[] = [];
      for (const other of found) {
        if (caller.access.allowsIn('host:read', await whereabouts.clusterOf(other.address))) seen.push(other);
      }
      return seen.length === 0 ? {} : { same_machine: seen };
    };

    /**
     * A host behind jump hosts uses their credentials and their place in the network: the caller must be allowed to use
     * them.
     */
    const checkJump = (caller: Caller, permission: Permission, { proxy_jump }: Static<typeof Login>) =>
      checkHosts(caller, permission, proxyJump(proxy_jump), whereabouts);
    return {
      listHosts: async ({ query, request, set }) => {
        const view = viewOf(callerOf(request), 'host:read');
        const clusters = view && (await whereabouts.everywhere());
        const isVisible = view && (({ address }: Host) => view.sees(clusters?.get(address)));
        return listAnswer(
          { request, set, view },
          hostsList,
          () => hosts.revision(),
          (selection) => {
            if (query.target === undefined) return hosts.select(selection, isVisible);
            const target = requestedTarget(query.target);
            // For a caller who does not see everything, missing hosts look like hosts that the caller does not see.
            const absent = view === undefined ? 'refused' : 'passed_over';
            return hosts.selectFrom((reader) => resolveTarget(reader, target, absent), selection, isVisible);
          },
        );
      },
      registerHostByBody: ({ body, query, request, set }) => {
        // cloud-init relies on this: a machine that registers itself does not know its address.
        const caller = callerOf(request);
        const address = canonicalAddress(body.address ?? addressOf(caller));
        checkOwnAddress(caller, address);
        set.status = 201;
        return store(address, body, query, request);
      },
      getHost: async ({ params, request, set }) => {
        const { value, revision } = await hosts.entry(canonicalAddress(params.address));
        const same = await others(callerOf(request), value.address, value.facts);
        // Other hosts come and go without a change of this one.
        const state = same.same_machine === undefined ? undefined : contentState(same);
        return tagged({ request, set }, recordTag(revision, state), { ...value, ...same });
      },
      checkHost: async ({ params, body: sent, request }) => {
        const address = canonicalAddress(params.address);
        checkSamePath('address', address, sent.address === undefined ? undefined : canonicalAddress(sent.address));
        const caller = callerOf(request);
        const body = await admitted(caller, address, sent);
        const found = await hosts.checkCreate(newHost(address, body));
        const identities = body.host_key === undefined ? found.host.facts : { host_key: body.host_key };
        const same = await others(caller, address, identities);
        return 'differs' in found
          ? { result: 'existing', differs: found.differs, ...same }
          : { result: 'new', differs: [], ...same };
      },
      changeHost: ({ params, body, request }) => {
        const change = documentChange(request, body, HostDocument);
        const rename = ({ address, name }: Host) => {
          const after = change({ address, ...(name === undefined ? {} : { name }) });
          checkSamePath('address', address, canonicalAddress(after.address));
          return after.name;
        };
        return hosts.rename(canonicalAddress(params.address), rename, preconditionOf(request));
      },
      registerHost: ({ params, body, query, request, set }) => {
        const address = canonicalAddress(params.address);
        checkSamePath('address', address, body.address === undefined ? undefined : canonicalAddress(body.address));
        set.status = 201;
        return store(address, body, query, request);
      },
      deleteHost: async ({ params, query, request }) => {
        const [address, check] = [canonicalAddress(params.address), preconditionOf(request)];
        await leaving(request, query, (checkWork) => hosts.delete(address, check, checkWork));
        return [];
      },
      getHostStatus: async ({ params }) => {
        const { address, status, last_check, error } = await hosts.get(canonicalAddress(params.address));
        const container_manager = await nodes.status(address);
        return { type: 'host_only', host: { last_check, status, error }, container_manager };
      },
      getHostLabels: async ({ params, request, set }) => {
        const { value, revision } = await hosts.entry(canonicalAddress(params.address));
        return tagged({ request, set }, recordTag(revision), value.labels);
      },
      replaceHostLabels: ({ params, body, request }) =>
        hosts.replaceLabels(canonicalAddress(params.address), body, preconditionOf(request)),
      changeHostLabels: ({ params, body, request }) => {
        const change = documentChange(request, body, Labels);
        return hosts.changeLabels(canonicalAddress(params.address), change, preconditionOf(request));
      },
      getCredentials: async ({ params, request, set }) => {
        const by = callerOf(request).identity.name;
        const { value, revision } = await hosts.disclose(canonicalAddress(params.address), by);
        return tagged({ request, set }, recordTag(revision), value);
      },
      changeCredentials: async ({ params, body, request, set }) => {
        const address = canonicalAddress(params.address);
        const changed = await withJumpAddresses(callerOf(request), body);
        await checkJump(callerOf(request), 'credentials:write', changed);
        const { ssh_priv_key: _, ...shown } = await hosts.setCredentials(address, changed, preconditionOf(request));
        set.status = 201;
        return shown;
      },
      getHostKey: async ({ params, request, set }) => {
        const { value, revision } = await hosts.hostKey(canonicalAddress(params.address));
        return tagged({ request, set }, recordTag(revision), value);
      },
      acceptHostKey: async ({ params, body, request, set }) => {
        set.status = 201;
        return hosts.acceptHostKey(canonicalAddress(params.address), body.fingerprint, preconditionOf(request));
      },
    };
  },
});

/**
 * The address that a caller can be reached at: the peer address of its connection. @throws AppError `invalid_address`
 */
function addressOf({ peer }: Caller): string {
  if (isIP(peer) !== 0) return peer;
  throw new AppError('invalid_address', `the request came from "${peer}", which is no address to register`, {
    hint: `send the member "address"${peer === 'unix' ? '' : '; a proxy must append the address it sees to X-Forwarded-For'}`,
  });
}

function newHost(address: string, body: HostBody): NewHost {
  const { ssh_priv_key = '', remote_user, port, proxy_jump, cluster, host_key, labels, name } = body;
  return {
    address,
    ssh_priv_key,
    ...(remote_user === undefined ? {} : { remote_user }),
    ...(port === undefined ? {} : { port }),
    ...(proxy_jump === undefined ? {} : { proxy_jump }),
    ...(host_key === undefined ? {} : { host_key }),
    ...(labels === undefined ? {} : { labels }),
    // An empty name means none, too.
    ...(name ? { name } : {}),
    // An empty cluster means none, as in the original.
    ...(cluster ? { cluster: checkedName(cluster) } : {}),
  };
}

function importedHost(address: string, body: HostBody): Host {
  const { labels = {} } = body;
  const members = checked(serverOwned, Value.Clean(serverOwned, { ...body }), { path: '/api/v0/host' });
  return { ...emptyHost(address), ...members, labels };
}
