import type { Trail } from '../audit/trail.ts';
import type { SiteBindings } from '../auth/site-bindings.ts';
import type { SiteRoles } from '../auth/site-roles.ts';
import type { Tokens } from '../auth/tokens/tokens.ts';
import type { Events } from '../events/events.ts';
import type { DeadLetters } from '../hooks/dead-letters.ts';
import type { InventoryServices } from '../inventory/part.ts';
import type { Clock } from '../lib/clock.ts';
import type { LogReader } from '../lib/log-reader.ts';
import type { ServerReader } from '../lib/server-reader.ts';
import type { Budgets } from '../operations/budgets.ts';
import type { OperationViews } from '../operations/operation-views.ts';
import type { Operations } from '../operations/operations.ts';
import type { KeyedStore } from '../store/contract.ts';
import type { Backups } from '../upkeep/backup/backups.ts';
import type { BackupSchedule } from '../upkeep/backup/schedule.ts';
import type { Whereabouts } from './authorisation.ts';
import type { Caller } from './caller.ts';
import type { Connection } from './connection.ts';

/** The services that the routes use. */
export interface Services extends InventoryServices {
  clock: Clock;
  whereabouts: Whereabouts;
  operations: Operations;
  operationViews: OperationViews;
  budgets: Budgets;
  roles: SiteRoles;
  roleBindings: SiteBindings;
  events: Events;
  tokens: Tokens;
  deadLetters: DeadLetters;
  backups: Backups;
  backupSchedule: Pick<BackupSchedule, 'status'>;
  audit: Trail;
  /** Seals every sealed value again; see `KeyedStore`. */
  rotateSecretKey: KeyedStore['rotateKeys'];
  /** See `KeyedStore`. */
  changePassphrase: KeyedStore['changePassphrase'];
  /** The caller of an admitted request. */
  callerOf(request: Request): Caller;
  /** The connection of an admitted request. */
  connectionOf(request: Request): Connection;
  /** The API as an OpenAPI 3.1 document in JSON. */
  apiDocument(): Promise<string>;
  /** Why the server is not ready, or undefined when it is. */
  unready(): string | undefined;
  /** What the server tells of itself. */
  server: ServerReader;
  /** The newest lines of the log. */
  log: LogReader;
}
