import type { Trail } from '../audit/trail.ts';
import type { SiteBindings } from '../auth/site-bindings.ts';
import type { SiteRoles } from '../auth/site-roles.ts';
import type { Tokens } from '../auth/tokens/tokens.ts';
import type { Events } from '../events/events.ts';
import type { DeadLetters } from '../hooks/dead-letters.ts';
import type { InventoryServices } from '../inventory/part.ts';
import type { Clock } from '../lib/clock.ts';
import type { Budgets } from '../operations/budgets.ts';
import type { OperationViews } from '../operations/operation-views.ts';
import type { Operations } from '../operations/operations.ts';
import type { KeyedStore } from '../store/contract.ts';
import type { Whereabouts } from './authorisation.ts';
import type { Caller } from './caller.ts';
import type { Connection } from './connection.ts';

/** What the routes work with. */
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
  audit: Trail;
  /** Seals everything that is sealed anew; see `KeyedStore`. */
  rotateSecretKey: KeyedStore['rotateKeys'];
  /** The caller of a request that was let through. */
  callerOf(request: Request): Caller;
  /** What such a request came over. */
  connectionOf(request: Request): Connection;
  /** The API as an OpenAPI 3.1 document in JSON. */
  apiDocument(): Promise<string>;
  /** Why the server cannot serve just now, or undefined when it can. */
  unready(): string | undefined;
}
