/** The entry point of the package: `import { connect } from 'commissaire/client'`. */

export type { ProxyOptions } from '../lib/proxies.ts';
export type { AuditPage, AuditQuery } from './audit.ts';
export type { NewBudget } from './budgets.ts';
export type { ChangeOptions, Patch, PatchLine } from './change.ts';
export type { ClusterChange, MembersChange, NewCluster, OperationRequest, StartedOperation } from './clusters.ts';
export { type Client, type ConnectOptions, connect } from './connect.ts';
export type { ContainerManagerChange } from './container-managers.ts';
export type {
  BasicCredentials,
  BearerCredentials,
  CertificateCredentials,
  ClientCredentials,
} from './credentials.ts';
export type { EventSelection, Followed, NewUserEvent } from './events.ts';
export type { CredentialsChange, HostChange, HostQuery, NewHost } from './hosts.ts';
export type { LogLine, LogQuery } from './logs.ts';
export { NoServerError } from './no-server-error.ts';
export { NotSent, type UnsentRequest } from './not-sent.ts';
export type { BegunOperation, LogPart, NewOperation, Observation, OperationFilter } from './operations.ts';
export type { ListQuery, Page } from './page.ts';
export { type Problem, ProblemError } from './problem-error.ts';
export type { ClusterOperation, ClusterOperationKind, HostCheck, HostKey, HostStatus, HostView } from './records.ts';
export type { Precondition } from './request.ts';
export type { NewRole, NewRoleBinding, RoleChangeOptions } from './roles.ts';
export type { ServerTrust } from './server-trust.ts';
export { type RenewalOptions, renewingCredentials, type Session, type SessionKeeper, sessionOf } from './session.ts';
export type { ServerChecks, ServerInfo, ServerStatus } from './system.ts';
export type { MintedToken, NewToken } from './tokens.ts';
export type { Failover } from './transport.ts';
export type { Watch } from './wait-for.ts';
