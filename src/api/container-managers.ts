import { Type as t } from '@sinclair/typebox';
import { ManagerType } from '../container-managers/options.ts';
import { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { checkedName } from '../lib/addresses.ts';
import { textsOf } from '../lib/literals.ts';
import { checked } from './checked-document.ts';
import { documentChange } from './document-change.ts';
import { preconditionOf, recordTag, tagged } from './etag.ts';
import { listAnswer, named } from './list-answer.ts';
import type { ListRules } from './list-query.ts';
import { json, names, nothing, routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';

const ContainerManagerBody = t.Partial(ContainerManagerRecord);

/** Only a new one is checked against the record: an existing one differs from a wrong description (contract M3). */
const AnyContainerManager = t.Partial(t.Object({ name: t.String(), type: t.Unknown(), options: t.Unknown() }));

const server_url = 'https://manager.example.com:6443';
const given = { type: 'kubernetes', options: { server_url, token: 'eyJhbGciOi...' } };
const manager = { name: 'prod', type: 'kubernetes', options: { server_url, token: '***' } };

/** The members that the list can be filtered and sorted by. */
const containerManagersList = {
  fields: { name: 'text', type: 'text', 'options.*': 'text' },
  values: { type: textsOf(ManagerType) },
} satisfies ListRules;

/** Container managers and how to reach them (contract 1.6). Answers contain secrets only as their mask. */
export const containerManagerRoutes = routeGroup({
  title: 'Container managers',
  description: 'What the hosts of a cluster are nodes of, and how to reach it',
  schemas: { ContainerManager: ContainerManagerRecord },
  routes: {
    listContainerManagers: {
      method: 'GET',
      path: '/api/v0/containermanagers',
      permission: 'container_manager:read',
      about: 'anything',
      summary: 'The names of all container managers',
      list: containerManagersList,
      conditional: 'read',
      answers: { 200: json('The names', names, ['prod']) },
    },
    getContainerManager: {
      method: 'GET',
      path: '/api/v0/containermanager/:name',
      permission: 'container_manager:read',
      about: 'anything',
      summary: 'One container manager, its secrets masked',
      conditional: 'read',
      answers: { 200: json('The container manager', ContainerManagerRecord, manager) },
      problems: ['container_manager_not_found'],
    },
    putContainerManager: {
      method: 'PUT',
      path: '/api/v0/containermanager/:name',
      permission: 'container_manager:write',
      about: 'site',
      summary: 'Creates a container manager. The same one again changes nothing',
      conditional: 'change',
      body: AnyContainerManager,
      documentedBody: ContainerManagerBody,
      bodyExample: given,
      answers: { 201: json('The container manager, its secrets masked', ContainerManagerRecord, manager) },
      problems: ['path_mismatch', 'container_manager_differs'],
    },
    changeContainerManager: {
      method: 'PATCH',
      path: '/api/v0/containermanager/:name',
      permission: 'container_manager:write',
      about: 'site',
      summary: 'Changes the members and options given; an option that is null is taken away',
      conditional: 'change',
      patch: {
        merge: ContainerManagerBody,
        example: { options: { insecure: null } },
        lines: [{ op: 'remove', path: '/options/insecure' }],
      },
      answers: { 200: json('The container manager, its secrets masked', ContainerManagerRecord, manager) },
      problems: ['path_mismatch', 'container_manager_not_found'],
    },
    deleteContainerManager: {
      method: 'DELETE',
      path: '/api/v0/containermanager/:name',
      permission: 'container_manager:write',
      about: 'site',
      summary: 'Deletes a container manager, there or not',
      conditional: 'change',
      answers: { 200: nothing },
      problems: ['in_use'],
    },
  },
  handlers: ({ containerManagers }) => {
    return {
      listContainerManagers: ({ request, set }) =>
        listAnswer(
          { request, set },
          containerManagersList,
          () => containerManagers.revision(),
          async (selection) => named(await containerManagers.select(selection)),
        ),
      getContainerManager: async ({ params, request, set }) => {
        const { value, revision } = await containerManagers.entry(checkedName(params.name));
        return tagged({ request, set }, recordTag(revision), value);
      },
      putContainerManager: async ({ params, body, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, body.name);
        const { type = 'openshift', options = {} } = body;
        set.status = 201;
        const record = () => checked(ContainerManagerRecord, { name, type, options }, { path: request.url });
        return containerManagers.put(name, record, preconditionOf(request));
      },
      changeContainerManager: ({ params, body, request }) => {
        const name = checkedName(params.name);
        const change = documentChange(request, body, ContainerManagerRecord);
        const changed = (record: ContainerManagerRecord) => {
          const after = change(record);
          checkSamePath('name', name, after.name);
          return after;
        };
        return containerManagers.change(name, changed, preconditionOf(request));
      },
      deleteContainerManager: async ({ params, request }) => {
        await containerManagers.delete(checkedName(params.name), preconditionOf(request));
        return [];
      },
    };
  },
});
