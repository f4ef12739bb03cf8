import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { print } from './output.ts';
import { roleTable } from './role-table.ts';

const name = { summary: 'name of the role' };

/** Of what changes roles or bindings. */
export const force = {
  type: 'flag',
  summary: 'even if you could change no role and no binding afterwards',
} as const;

const create = command({
  name: 'create',
  summary: 'Create or replace a role, within what you may yourself',
  arguments: { name, permission: { summary: 'as resource:verb; `role get admin` shows all', many: true } },
  options: { force },
  examples: ['commctl role create deployer host:read cluster:read operation:read operation:run'],
  async handler(context, { name, permission: permissions, force }) {
    return print(context, { value: await (await context.connect()).roles.put(name, { permissions }, { force }) });
  },
});

const get = command({
  name: 'get',
  summary: 'Show a role with its permissions',
  arguments: { name },
  options: {},
  examples: ['commctl role get operator'],
  async handler(context, { name }) {
    return print(context, { value: await (await context.connect()).roles.get(name) });
  },
});

const list = command({
  name: 'list',
  summary: 'List all roles, or those that are asked for: built in, of the configuration, and of the store',
  arguments: {},
  options: listOptions,
  examples: ['commctl role list', 'commctl role list --filter permissions=credentials:read'],
  async handler(context, given) {
    const query = listQuery(given);
    const page = await (await context.connect()).roles.page(query);
    return printPage(context, page, { plural: 'roles', table: roleTable });
  },
});

const remove = command({
  name: 'delete',
  summary: 'Delete roles that no binding names',
  arguments: { name: { ...name, many: true } },
  options: { force },
  examples: ['commctl role delete deployer'],
  async handler(context, { name, force }) {
    const client = await context.connect();
    return deleteEach(context, name, (each) => client.roles.delete(each, { force }));
  },
});

export const role = group('role', 'Sets of permissions under a name', [create, get, list, remove]);
