import { Type as t } from '@sinclair/typebox';
import { AuditEntry } from '../../audit/entry.ts';
import { RoleBindingView } from '../../auth/bindings.ts';
import { RoleView } from '../../auth/roles.ts';
import { Token, TokenGrant, TokenRegistration } from '../../auth/tokens/token.ts';
import { WhoAmI } from '../../auth/who-am-i.ts';
import { DeadLetter } from '../../hooks/dead-letters.ts';
import { Cluster, ClusterSummary, ClusterView } from '../../inventory/cluster.ts';
import { ContainerManagerRecord } from '../../inventory/container-manager.ts';
import { Credentials } from '../../inventory/credentials.ts';
import { Host, HostFacts } from '../../inventory/host.ts';
import { LabelChange, Labels } from '../../inventory/labels.ts';
import { Network } from '../../inventory/network.ts';
import { BudgetView, DownHost } from '../../operations/budget.ts';
import { FoldedGroup } from '../../operations/folded.ts';
import { Gate } from '../../operations/gate.ts';
import { HandshakeWindow } from '../../operations/handshake-window.ts';
import { CopyParameters } from '../../operations/kinds/copy.ts';
import { DeployParameters } from '../../operations/kinds/deploy.ts';
import { ExecParameters } from '../../operations/kinds/exec.ts';
import {
  HostError,
  HostState,
  Operation,
  OperationDetail,
  OperationHost,
  OperationStatus,
  Phase,
  WaitingFor,
} from '../../operations/operation.ts';
import { NumberedEntry } from '../../operations/operations.ts';
import { Plan } from '../../operations/plan.ts';
import { Share } from '../../operations/share.ts';
import { Strategy } from '../../operations/strategy.ts';
import { Window } from '../../operations/window.ts';
import { PinnedHostKey } from '../../ssh/host-keys.ts';
import { StoredEvent } from '../../store/contract.ts';
import { JsonPatch } from '../document-change.ts';
import { HostBody } from '../hosts.ts';
import { DeployRecord, RestartRecord, UpgradeRecord } from './cluster-operations.ts';
import { HostStatus } from './hosts.ts';
import { Problem } from './problem-responses.ts';
import { ServerStatus } from './system.ts';
import { MintedToken } from './tokens.ts';

/** The schemas that the document gives a name. */
export const namedSchemas = {
  Host,
  Facts: t.Partial(HostFacts),
  Labels,
  LabelChange,
  Registration: HostBody,
  HostStatus,
  Credentials,
  HostKey: PinnedHostKey,
  Cluster,
  ClusterView,
  ClusterSummary,
  Network,
  ContainerManager: ContainerManagerRecord,
  Operation,
  OperationDetail,
  OperationHost,
  OperationStatus,
  HostState,
  HostError,
  Phase,
  WaitingFor,
  HandshakeWindow,
  Strategy,
  GivenStrategy: t.Partial(Strategy),
  Share,
  Gate,
  Window,
  Plan,
  FoldedGroup,
  JournalEntry: NumberedEntry,
  RestartRecord,
  UpgradeRecord,
  DeployRecord,
  Budget: BudgetView,
  DownHost,
  Token,
  MintedToken,
  TokenGrant,
  TokenRegistration,
  Role: RoleView,
  RoleBinding: RoleBindingView,
  WhoAmI,
  Event: StoredEvent,
  DeadLetter,
  AuditEntry,
  DeployParameters,
  ExecParameters,
  CopyParameters,
  JsonPatch,
  ServerStatus,
  Problem,
};
