import { type TSchema, Type as t } from '@sinclair/typebox';
import { AuditEntry } from '../audit/entry.ts';
import { RoleBindingView } from '../auth/bindings.ts';
import { RoleView } from '../auth/roles.ts';
import { Token } from '../auth/tokens/token.ts';
import { WhoAmI } from '../auth/who-am-i.ts';
import { KubernetesOptions } from '../container-managers/options.ts';
import { NewUserEvent } from '../events/events.ts';
import { DeadLetter } from '../hooks/dead-letters.ts';
import { ClusterView } from '../inventory/cluster.ts';
import { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { Host } from '../inventory/host.ts';
import { Network } from '../inventory/network.ts';
import { SecretValue } from '../inventory/secret.ts';
import { BudgetView } from '../operations/budget.ts';
import { Gate } from '../operations/gate.ts';
import { kindParameters } from '../operations/kinds/registry.ts';
import { OperationDetail } from '../operations/operation.ts';
import { Plan } from '../operations/plan.ts';
import { defaultStrategy, Strategy } from '../operations/strategy.ts';
import { Window } from '../operations/window.ts';
import { PinnedHostKey } from '../ssh/host-keys.ts';
import { StoredEvent } from '../store/contract.ts';
import { BackupRecord } from '../upkeep/backup/directory.ts';
import { BackupBody } from './backups.ts';
import { ClusterBody, HostsetBody } from './clusters.ts';
import { HostBody } from './host-routes.ts';
import { LogLine } from './logs.ts';
import { CancelBody, OperationBody, SkipBody } from './operation-routes.ts';
import { ServerInfo } from './server.ts';
import { TokenBody } from './token-body.ts';

/** Something that `commctl explain` explains: a record of the API, or a part of one. */
export interface Noun {
  readonly summary: string;
  readonly schema: TSchema;
  /** The bodies of requests about it, which may have more members. */
  readonly given?: readonly TSchema[];
  /** The values of members that are left out. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Where to read more. */
  readonly topic: string;
}

const NoParameters = t.Object({});
const { DeployParameters, ExecParameters, CopyParameters } = kindParameters;

/** By the words of `commctl`. */
export const nouns: Readonly<Record<string, Noun>> = {
  host: {
    summary: 'A machine in the inventory',
    schema: Host,
    given: [HostBody, t.Object({ host_key: HostBody.properties.host_key })],
    topic: 'api',
  },
  host_key: { summary: 'The SSH key that identifies a machine', schema: PinnedHostKey, topic: 'api' },
  cluster: { summary: 'A named set of hosts', schema: ClusterView, given: [ClusterBody, HostsetBody], topic: 'api' },
  network: { summary: 'The overlay network of new hosts', schema: Network, topic: 'api' },
  container_manager: {
    summary: 'An OpenShift or Kubernetes API in which the hosts of clusters are nodes',
    schema: t.Object({
      ...ContainerManagerRecord.properties,
      options: t.Object(KubernetesOptions.properties, {
        description: 'How to reach it; secrets are shown as "***". The type trivial has none',
      }),
    }),
    topic: 'container-managers',
  },
  operation: {
    summary: 'One piece of work on the hosts of a target',
    schema: OperationDetail,
    given: [OperationBody, CancelBody, SkipBody],
    topic: 'operations',
  },
  strategy: {
    summary: 'How an operation goes over its hosts',
    schema: Strategy,
    defaults: defaultStrategy,
    topic: 'strategies',
  },
  gate: { summary: 'A check that a host must pass before it counts as done', schema: Gate, topic: 'strategies' },
  window: { summary: 'The hours in which an operation may start hosts', schema: Window, topic: 'strategies' },
  plan: { summary: 'What an operation would do, in numbers', schema: Plan, topic: 'operations' },
  exec: { summary: 'Parameters of the kind exec', schema: ExecParameters, topic: 'kinds' },
  copy: { summary: 'Parameters of the kind copy', schema: CopyParameters, topic: 'kinds' },
  deploy: { summary: 'Parameters of the kind deploy', schema: DeployParameters, topic: 'kinds' },
  upgrade: { summary: 'The kind upgrade, which has no parameters', schema: NoParameters, topic: 'kinds' },
  restart: { summary: 'The kind restart, which has no parameters', schema: NoParameters, topic: 'kinds' },
  reboot: { summary: 'The kind reboot, which has no parameters', schema: NoParameters, topic: 'kinds' },
  facts: { summary: 'The kind facts, which has no parameters', schema: NoParameters, topic: 'kinds' },
  budget: {
    summary: 'How many hosts of a target may be down at once, over all operations',
    schema: BudgetView,
    topic: 'budgets',
  },
  role: { summary: 'A named set of permissions', schema: RoleView, topic: 'roles' },
  role_binding: { summary: 'What gives a role to callers', schema: RoleBindingView, topic: 'roles' },
  caller: { summary: 'Who sends a request, as `commctl whoami` shows it', schema: WhoAmI, topic: 'roles' },
  token: {
    summary: 'A credential of limited life',
    schema: Token,
    given: [TokenBody],
    topic: 'tokens',
  },
  event: { summary: 'A numbered message about a change', schema: StoredEvent, given: [NewUserEvent], topic: 'events' },
  dead_letter: { summary: 'An event that a hook gave up on', schema: DeadLetter, topic: 'events' },
  secret: { summary: 'A value that another tool keeps here', schema: SecretValue, topic: 'secrets' },
  server: { summary: 'A running server, as `commctl server info` shows it', schema: ServerInfo, topic: 'monitoring' },
  log_line: { summary: "A line of the server's log", schema: LogLine, topic: 'monitoring' },
  backup: {
    summary: 'A copy of the store and the files of the installation',
    schema: BackupRecord,
    given: [BackupBody],
    topic: 'backups',
  },
  audit_entry: { summary: 'A line of the audit trail', schema: AuditEntry, topic: 'audit' },
};
