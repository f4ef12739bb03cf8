import type { PageName } from './pages.ts';

/** A page, or a section of one, that `help TOPIC` shows. */
export interface Topic {
  readonly name: string;
  readonly summary: string;
  readonly page: PageName;
  /** The heading of the section; the whole page when left out. */
  readonly section?: string;
}

/** In the order of `commctl help`. */
export const topics: readonly Topic[] = [
  { name: 'quick-start', summary: 'from nothing to the first rolling restart', page: 'quick-start' },
  { name: 'concepts', summary: 'what the words mean', page: 'concepts' },
  { name: 'targets', summary: 'how to say which hosts are meant', page: 'targets' },
  { name: 'operations', summary: 'kinds, states, commands and logs of operations', page: 'operations' },
  { name: 'kinds', summary: 'what operations do, and their parameters', page: 'operations', section: 'Kinds' },
  { name: 'strategies', summary: 'batches, limits, gates, retries, windows', page: 'operations', section: 'Strategy' },
  { name: 'budgets', summary: 'how many hosts may be down at once', page: 'operations', section: 'Budgets' },
  { name: 'lists', summary: 'filters, order and pages of lists', page: 'api', section: 'Lists' },
  { name: 'formats', summary: 'formats of results: tables, YAML, JSON, JSONPath', page: 'commctl', section: 'Output' },
  { name: 'exit-codes', summary: 'exit codes of commctl', page: 'commctl', section: 'Exit codes' },
  { name: 'confirmations', summary: 'when commctl asks first', page: 'commctl', section: 'Confirmations' },
  { name: 'client', summary: 'configuration of commctl', page: 'commctl', section: 'Configuration' },
  { name: 'commctl', summary: 'every command in full', page: 'commctl' },
  { name: 'roles', summary: 'who may do what: roles and bindings', page: 'roles' },
  { name: 'tokens', summary: 'sessions, tokens of programs, registration tokens', page: 'tokens' },
  { name: 'secrets', summary: 'the master key, and secrets of other tools', page: 'secrets' },
  { name: 'backups', summary: 'backups, restoring, and the care of the store', page: 'backups' },
  { name: 'audit', summary: 'the audit trail', page: 'audit' },
  { name: 'events', summary: 'events, filters and hooks', page: 'events' },
  { name: 'monitoring', summary: 'metrics, logs, checks and traces of the server', page: 'monitoring' },
  { name: 'container-managers', summary: 'hosts as nodes of Kubernetes and OpenShift', page: 'container-managers' },
  { name: 'troubleshooting', summary: 'what to do, by what you see; doctor and debug bundle', page: 'troubleshooting' },
  { name: 'user-data', summary: 'machines that register themselves', page: 'user-data' },
  { name: 'operating', summary: 'install, harden, upgrade and back up the server', page: 'operating' },
  { name: 'install', summary: 'installing, upgrading, going back, removing', page: 'install' },
  { name: 'air-gap', summary: 'installing without internet, verifying a release', page: 'air-gap' },
  { name: 'threat-model', summary: 'who is trusted, and what an attacker can do', page: 'threat-model' },
  { name: 'configuration', summary: 'configuration of the server', page: 'configuration' },
  { name: 'plugins', summary: 'authentication plugins', page: 'plugins' },
  { name: 'algorithms', summary: 'algorithms of SSH', page: 'algorithms' },
  { name: 'api', summary: 'the REST API', page: 'api' },
  { name: 'from-commissaire', summary: 'moving from the original Commissaire', page: 'coming-from-commissaire' },
  { name: 'from-ansible', summary: 'what of Ansible is what here', page: 'coming-from-ansible' },
  { name: 'errors', summary: 'every error code, and what to do', page: 'errors' },
];

/** The topics to read more about a command, by its first word. */
const ofCommands: Readonly<Record<string, readonly string[]>> = {
  budget: ['budgets'],
  operation: ['operations'],
  copy: ['kinds'],
  exec: ['kinds'],
  role: ['roles'],
  'role-binding': ['roles'],
  whoami: ['roles'],
  login: ['tokens'],
  logout: ['tokens'],
  token: ['tokens'],
  secret: ['secrets'],
  secrets: ['secrets'],
  keys: ['secrets'],
  event: ['events'],
  audit: ['audit'],
  server: ['monitoring'],
  doctor: ['troubleshooting'],
  debug: ['troubleshooting'],
  backup: ['backups'],
  restore: ['backups'],
  db: ['backups'],
  container_manager: ['container-managers'],
  'user-data': ['user-data'],
  serve: ['configuration'],
  config: ['configuration'],
  init: ['install', 'configuration'],
  upgrade: ['install'],
  print: ['install'],
  import: ['from-commissaire'],
  certificate: ['configuration'],
  explain: ['errors', 'api'],
};

/** @param words of the command, such as `host`, `list` */
export function topicsOfCommand(words: readonly string[]): readonly string[] {
  const [first = ''] = words;
  return Object.hasOwn(ofCommands, first) ? (ofCommands[first] ?? []) : [];
}
