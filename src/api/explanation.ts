/** The nouns of `commctl explain` by the first word of a path below `/api/v0/`. */
const nouns: Readonly<Record<string, string>> = {
  host: 'host',
  hosts: 'host',
  cluster: 'cluster',
  clusters: 'cluster',
  network: 'network',
  networks: 'network',
  containermanager: 'container_manager',
  containermanagers: 'container_manager',
  operation: 'operation',
  operations: 'operation',
  budget: 'budget',
  budgets: 'budget',
  role: 'role',
  roles: 'role',
  rolebinding: 'role_binding',
  rolebindings: 'role_binding',
  tokens: 'token',
  events: 'event',
  audit: 'audit_entry',
  secrets: 'secret',
};

/** Bodies that are one member of a noun. */
const parts: Readonly<Record<string, string>> = { labels: 'labels', hostkey: 'host_key' };

/**
 * The command that explains a member of a body; undefined where there is none.
 *
 * @param path path or URL of the request
 * @param pointer of the member in the body
 */
export function explanationOf(path: string, pointer: string): string | undefined {
  const [, first = '', part = ''] = /\/api\/v0\/([a-z]+)(?:\/[^/]*\/([a-z]+))?/.exec(path) ?? [];
  const noun = Object.hasOwn(nouns, first) ? nouns[first] : undefined;
  if (noun === undefined) return undefined;
  const [member = '', inner = ''] = pointer.split('/').slice(1);
  if (member === 'strategy') return explaining('strategy', inner);
  if (noun === 'host' && Object.hasOwn(parts, part)) return explaining(noun, parts[part] ?? '');
  if (part === 'deploy' && member === 'version') return explaining('deploy', member);
  if (['restart', 'upgrade', 'deploy'].includes(part)) return explaining('operation', member);
  return explaining(noun, member);
}

function explaining(noun: string, member: string): string {
  return `commctl explain ${noun}${/^[a-z_]+$/.test(member) ? `.${member}` : ''}`;
}
