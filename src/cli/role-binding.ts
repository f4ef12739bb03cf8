import { hostCount, hostShare } from '../lib/grant-limits.ts';
import { isSubject, subjectHint, subjectSyntax } from '../lib/subjects.ts';
import { yes } from './confirmation.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { getCommand, listCommand } from './noun.ts';
import { print } from './output.ts';
import { force } from './role.ts';
import { roleBindingTable } from './role-table.ts';
import { UsageError } from './usage-error.ts';

const name = { summary: 'name of the binding' };

const create = command({
  name: 'create',
  summary: 'Give a role to subjects, or change a role binding; you can only grant what you have',
  arguments: {
    name,
    role: { summary: 'name of the role', completes: 'role' },
    subject: { summary: subjectSyntax.description, many: true },
  },
  options: {
    cluster: {
      type: 'list',
      placeholder: 'PATTERN',
      summary: 'only for these clusters and the hosts in them; * matches any characters; repeatable',
    },
    maxHosts: { type: 'integer', ...hostCount, placeholder: 'N', summary: 'how many hosts one operation may cover' },
    maxPercent: {
      type: 'integer',
      ...hostShare,
      placeholder: 'N',
      summary: 'the same as a percentage of the hosts that the binding covers',
    },
    maxAtOnce: {
      type: 'integer',
      ...hostCount,
      placeholder: 'N',
      summary: 'how many hosts one operation may have in flight at the same time',
    },
    force,
  },
  examples: [
    "commctl role-binding create web-team operator group:web-team --cluster 'web*' --max-at-once 5",
    'commctl role-binding create auditors viewer user:carol certificate:audit',
  ],
  async handler(context, { name, role, subject, cluster, maxHosts, maxPercent, maxAtOnce, force }) {
    const binding = {
      role,
      subjects: subject.map(checkedSubject),
      ...(cluster.length === 0 ? {} : { clusters: [...cluster] }),
      ...(maxHosts === undefined ? {} : { max_hosts: maxHosts }),
      ...(maxPercent === undefined ? {} : { max_percent: maxPercent }),
      ...(maxAtOnce === undefined ? {} : { max_at_once: maxAtOnce }),
    };
    return print(context, { value: await (await context.connect()).roleBindings.put(name, binding, { force }) });
  },
});

/** A name without its type is the usual mistake. @throws UsageError */
function checkedSubject(subject: string): string {
  if (isSubject(subject)) return subject;
  throw new UsageError(`"${subject}" does not say of whom it is the name`, { hint: subjectHint });
}

const get = getCommand({
  name: name.summary,
  completes: 'role_binding',
  summary: 'Show a role binding',
  examples: ['commctl role-binding get web-team'],
  get: (client, name) => client.roleBindings.get(name),
});

const list = listCommand({
  plural: 'role bindings',
  events: ['role_binding'],
  summary: 'List who has which role: all role bindings, or the selected ones',
  examples: ['commctl role-binding list', "commctl role-binding list --filter 'subjects=user:bob'"],
  page: (client, query) => client.roleBindings.page(query),
  table: roleBindingTable,
});

const remove = command({
  name: 'delete',
  summary: 'Delete role bindings; a caller without another binding then has the default role',
  arguments: { name: { ...name, many: true, completes: 'role_binding' } },
  options: { force, yes },
  examples: ['commctl role-binding delete web-team'],
  async handler(context, { name: names, force, yes }) {
    const client = await context.connect();
    return deleteEach(context, { noun: 'role binding', names, yes }, (each) =>
      client.roleBindings.delete(each, { force }),
    );
  },
});

export const roleBinding = group('role-binding', 'Who has which role, where, and over how many hosts', [
  create,
  get,
  list,
  remove,
]);
