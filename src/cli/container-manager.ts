import { command, group } from './context.ts';
import { deleteCommand, getCommand, listCommand } from './noun.ts';
import { print } from './output.ts';
import { parametersOf } from './parameters.ts';

const name = { summary: 'name of the container manager' };
const types = ['openshift', 'kubernetes', 'trivial'] as const;
const options = {
  type: 'list',
  formerShort: 'o',
  placeholder: 'KEY=VALUE',
  summary: 'option, or a JSON object of options; repeatable, the last value counts',
} as const;

const create = command({
  name: 'create',
  summary: 'Register an OpenShift or Kubernetes API in which hosts of clusters are nodes',
  arguments: { name },
  options: {
    type: { type: 'text', short: 't', choices: types, default: 'openshift', summary: 'type of the API' },
    options,
  },
  examples: [
    'commctl container_manager create --options server_url=https://192.0.2.5:8443 --options token=eyJhbGciOi openshift',
    'commctl container_manager create -t kubernetes --options server_url=https://192.0.2.6:6443 --options certificate_authority=/etc/kube/ca.crt kube',
  ],
  async handler(context, { name, type, options }) {
    const body = { type, options: parametersOf('--options', options) };
    return print(context, { value: await (await context.connect()).containerManagers.create(name, body) });
  },
});

const change = command({
  name: 'change',
  summary: 'Change options of a container manager; others stay, null in a JSON object removes one',
  arguments: { name },
  options: {
    type: { type: 'text', short: 't', choices: types, placeholder: 'TYPE', summary: 'type of the API' },
    options,
  },
  examples: ['commctl container_manager change --options token=eyJhbGciOi openshift'],
  async handler(context, { name, type, options }) {
    const body = { type, options: parametersOf('--options', options) };
    return print(context, { value: await (await context.connect()).containerManagers.change(name, body) });
  },
});

const get = getCommand({
  name: name.summary,
  completes: 'container_manager',
  summary: 'Show a container manager; its secrets are masked',
  examples: ['commctl container_manager get openshift'],
  get: (client, name) => client.containerManagers.get(name),
});

const list = listCommand({
  plural: 'container managers',
  events: ['container_manager'],
  summary: 'List the names of all container managers, or of the selected ones',
  examples: ['commctl container_manager list', 'commctl container_manager list --filter type=kubernetes'],
  page: (client, query) => client.containerManagers.page(query),
});

const remove = deleteCommand({
  noun: 'container manager',
  name: name.summary,
  completes: 'container_manager',
  summary: 'Delete container managers that no cluster uses',
  examples: ['commctl container_manager delete openshift kube'],
  delete: (client, name) => client.containerManagers.delete(name),
});

export const containerManager = group(
  'container_manager',
  'OpenShift and Kubernetes APIs in which hosts are nodes',
  [create, change, get, list, remove],
  ['container-manager'],
);
