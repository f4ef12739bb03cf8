import { type Context, command, group } from './context.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { watching } from './list-watch.ts';
import { pageByName } from './natural-page.ts';
import { deleteCommand, getCommand } from './noun.ts';
import { print } from './output.ts';
import { parametersOf } from './parameters.ts';

const name = { summary: 'name of the network' };

const create = command({
  name: 'create',
  summary: 'Create an overlay network for new hosts',
  arguments: { name },
  options: {
    type: {
      type: 'text',
      short: 't',
      choices: ['flannel_etcd', 'flannel_server'],
      default: 'flannel_etcd',
      summary: 'where flannel finds its configuration',
    },
    options: {
      type: 'list',
      formerShort: 'o',
      placeholder: 'KEY=VALUE',
      summary: 'option, or a JSON object of options; repeatable, the last value counts',
    },
  },
  examples: [
    'commctl network create overlay',
    'commctl network create -t flannel_server --options address=192.0.2.5:8472 overlay',
  ],
  async handler(context, { name, type, options }) {
    const body = { type, options: parametersOf('--options', options) };
    return print(context, { value: await (await context.connect()).networks.create(name, body) });
  },
});

const get = getCommand({
  name: name.summary,
  completes: 'network',
  summary: 'Show a network',
  examples: ['commctl network get default'],
  get: (client, name) => client.networks.get(name),
});

const list = command({
  name: 'list',
  summary: 'List the names of all networks, or of the selected ones',
  arguments: { name: { summary: 'has no effect, kept for existing scripts', optional: true } },
  options: listOptions,
  examples: ['commctl network list', 'commctl network list --filter type=flannel_server'],
  async handler(context, { name: _, ...given }) {
    const asked = listQuery(given);
    const show = async (context: Context) => {
      const { networks } = await context.connect();
      const page = await pageByName(
        asked,
        (query) => networks.page(query),
        (name) => name,
      );
      return printPage(context, page, { plural: 'networks' });
    };
    return watching(context, { watch: given.watch, filter: ['network'], show });
  },
});

const remove = deleteCommand({
  noun: 'network',
  name: name.summary,
  completes: 'network',
  summary: 'Delete networks that no cluster uses',
  examples: ['commctl network delete overlay'],
  delete: (client, name) => client.networks.delete(name),
});

export const network = group('network', 'Overlay networks of new hosts', [create, get, list, remove]);
