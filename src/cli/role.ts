import { yes } from './confirmation.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { getCommand, listCommand } from './noun.ts';
import { print } from './output.ts';
import { roleTable } from './role-table.ts';

const name = { summary: 'name of the role' };

/** For commands that change roles or bindings. */
export const force = {
  type: 'flag',
  summary: 'make the change even if you could not change roles and bindings afterwards',
} as const;

const create = command({
  name: 'create',
  summary: 'Create or replace a role; you can only grant what you have',
  arguments: {
    name,
    permission: { summary: 'permission such as host:read; `commctl role get admin` shows all', many: true },
  },
  options: { force },
  examples: ['commctl role create deployer host:read cluster:read operation:read operation:run'],
  async handler(context, { name, permission: permissions, force }) {
    return print(context, { value: await (await context.connect()).roles.put(name, { permissions }, { force }) });
  },
});

const get = getCommand({
  name: name.summary,
  completes: 'role',
  summary: 'Show a role with its permissions',
  examples: ['commctl role get operator'],
  get: (client, name) => client.roles.get(name),
});

const list = listCommand({
  plural: 'roles',
  events: ['role'],
  summary: 'List all roles, or the selected ones: built in, of the configuration, and of the store',
  examples: ['commctl role list', 'commctl role list --filter permissions=credentials:read'],
  page: (client, query) => client.roles.page(query),
  table: roleTable,
});

const remove = command({
  name: 'delete',
  summary: 'Delete roles that no binding names',
  arguments: { name: { ...name, many: true, completes: 'role' } },
  options: { force, yes },
  examples: ['commctl role delete deployer'],
  async handler(context, { name: names, force, yes }) {
    const client = await context.connect();
    return deleteEach(context, { noun: 'role', names, yes }, (each) => client.roles.delete(each, { force }));
  },
});

export const role = group('role', 'Named sets of permissions', [create, get, list, remove]);
