import { ContainerManagerRecord } from '../../inventory/container-manager.ts';
import { ContainerManagerBody } from '../container-managers.ts';
import { listRules } from '../list-rules.ts';
import { json, names, nothing, type RouteDescriptions } from './route-description.ts';

const server_url = 'https://manager.example.com:6443';
const given = { type: 'kubernetes', options: { server_url, token: 'eyJhbGciOi...' } };
const manager = { name: 'prod', type: 'kubernetes', options: { server_url, token: '***' } };

export const containerManagerDescriptions: RouteDescriptions = {
  'GET /api/v0/containermanagers': {
    id: 'listContainerManagers',
    summary: 'The names of all container managers',
    list: listRules.containerManagers,
    tags: 'shown',
    answers: { 200: json('The names', names, ['prod']) },
  },
  'GET /api/v0/containermanager/:name': {
    id: 'getContainerManager',
    summary: 'One container manager, its secrets masked',
    tags: 'shown',
    answers: { 200: json('The container manager', ContainerManagerRecord, manager) },
    problems: ['container_manager_not_found'],
  },
  'PUT /api/v0/containermanager/:name': {
    id: 'putContainerManager',
    summary: 'Creates a container manager. The same one again changes nothing',
    tags: 'heeded',
    body: ContainerManagerBody,
    bodyExample: given,
    answers: { 201: json('The container manager, its secrets masked', ContainerManagerRecord, manager) },
    problems: ['path_mismatch', 'container_manager_differs'],
  },
  'PATCH /api/v0/containermanager/:name': {
    id: 'changeContainerManager',
    summary: 'Changes the members and options given; an option that is null is taken away',
    tags: 'heeded',
    patch: {
      merge: ContainerManagerBody,
      example: { options: { insecure: null } },
      lines: [{ op: 'remove', path: '/options/insecure' }],
    },
    answers: { 200: json('The container manager, its secrets masked', ContainerManagerRecord, manager) },
    problems: ['path_mismatch', 'container_manager_not_found'],
  },
  'DELETE /api/v0/containermanager/:name': {
    id: 'deleteContainerManager',
    summary: 'Deletes a container manager, there or not',
    tags: 'heeded',
    answers: { 200: nothing },
    problems: ['in_use'],
  },
};
