import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { print } from './output.ts';
import { parametersOf } from './parameters.ts';

const name = { summary: 'name of the container manager' };
const types = ['openshift', 'kubernetes', 'trivial'] as const;
const options = {
  type: 'list',
  short: 'o',
  placeholder: 'KEY=VALUE',
  summary: 'option, or a JSON object of options; repeatable, the last one counts',
} as const;

const create = command({
  name: 'create',
  summary: 'Tell of an OpenShift or Kubernetes API that hosts of clusters are nodes of',
  arguments: { name },
  options: {
    type: { type: 'text', short: 't', choices: types, default: 'openshift', summary: 'what it is' },
    options,
  },
  examples: [
    'commctl container_manager create -o server_url=https://192.0.2.5:8443 -o token=eyJhbGciOi openshift',
    'commctl container_manager create -t kubernetes -o server_url=https://192.0.2.6:6443 -o certificate_authority=/etc/kube/ca.crt kube',
  ],
  async handler(context, { name, type, options }) {
    const body = { type, options: parametersOf('--options', options) };
    return print(context, { value: await (await context.connect()).containerManagers.create(name, body) });
  },
});

const change = command({
  name: 'change',
  summary: 'Change options of a container manager; what is not given stays, null in a JSON object takes away',
  arguments: { name },
  options: { type: { type: 'text', short: 't', choices: types, placeholder: 'TYPE', summary: 'what it is' }, options },
  examples: ['commctl container_manager change -o token=eyJhbGciOi openshift'],
  async handler(context, { name, type, options }) {
    const body = { type, options: parametersOf('--options', options) };
    return print(context, { value: await (await context.connect()).containerManagers.change(name, body) });
  },
});

const get = command({
  name: 'get',
  summary: 'Show a container manager; its secrets are masked',
  arguments: { name },
  options: {},
  examples: ['commctl container_manager get openshift'],
  async handler(context, { name }) {
    return print(context, { value: await (await context.connect()).containerManagers.get(name) });
  },
});

const list = command({
  name: 'list',
  summary: 'List the names of all container managers, or of those that are asked for',
  arguments: {},
  options: listOptions,
  examples: ['commctl container_manager list', 'commctl container_manager list --filter type=kubernetes'],
  async handler(context, given) {
    const query = listQuery(given);
    const page = await (await context.connect()).containerManagers.page(query);
    return printPage(context, page, { plural: 'container managers' });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Forget container managers that no cluster uses',
  arguments: { name: { ...name, many: true } },
  options: {},
  examples: ['commctl container_manager delete openshift kube'],
  async handler(context, { name }) {
    const client = await context.connect();
    return deleteEach(context, name, (each) => client.containerManagers.delete(each));
  },
});

export const containerManager = group(
  'container_manager',
  'The OpenShift and Kubernetes APIs that hosts of clusters are nodes of',
  [create, change, get, list, remove],
);
