import { Acceptances } from '../audit/acceptances.ts';
import type { AuditSubject } from '../audit/entry.ts';
import { Refusals } from '../audit/refusals.ts';
import type { Trail } from '../audit/trail.ts';
import type { Identity } from '../auth/authenticator.ts';
import { cidrOf } from '../lib/cidr-of.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import type { RouteRule } from './permissions.ts';
import { writtenPath } from './request-url.ts';

/** What is known of a request that is written down. */
export interface Audited {
  readonly request: Request;
  readonly requestId: string;
  readonly peer: string;
  /** Undefined as long as it is not known who sent it. */
  readonly identity?: Identity | undefined;
  /** Undefined when there is no such route. */
  readonly rule?: RouteRule | undefined;
}

/** What became of it. */
export interface Outcome {
  readonly status: number;
  readonly code?: string | undefined;
  /** The path of what was made. */
  readonly made?: string | undefined;
}

/** Bytes of a path that are written down; names are up to 255 characters. */
const longestTarget = 1024;
const longestName = 255;
const turnedAway = [401, 403, 429];

/** Writes down what callers do. What has to be written down and cannot be is refused. */
export class Auditor implements AsyncDisposable {
  readonly #trail: Trail;
  readonly #acceptances: Acceptances;
  readonly #refusals: Refusals;

  constructor(trail: Trail, clock: Clock) {
    this.#trail = trail;
    this.#acceptances = new Acceptances(trail, clock);
    this.#refusals = new Refusals({ trail, clock });
  }

  /** A caller was known by its credentials. @throws AppError `not_audited` */
  async accepted(audited: Audited): Promise<void> {
    const { identity, peer } = audited;
    const token = identity?.token === undefined ? {} : { token: identity.token.id };
    const caller = { who: identity?.name ?? '', method: identity?.method ?? '', peer, ...token };
    const subject = () => ({ ...subjectOf(audited), action: 'authentication' });
    await this.#acceptances.add(caller, subject).catch(refuse);
  }

  /** A request was answered without being carried out; only those that were turned away are written down. */
  turnedAway(audited: Audited, { status, code }: Outcome, claimed?: string): void {
    if (!turnedAway.includes(status)) return;
    const subject = subjectOf(audited, claimed);
    const action = audited.identity === undefined ? 'authentication' : subject.action;
    this.#refusals.add({ sender: cidrOf(subject.peer), subject: { ...subject, action }, status, code });
  }

  /**
   * Carries out what has to be written down: its beginning first, what became of it afterwards. Of anything else, only
   * that it was turned away.
   *
   * @throws AppError `not_audited`, and then nothing was carried out
   */
  async around(audited: Audited, carryOut: () => Promise<{ response: Response; outcome: Outcome }>): Promise<Response> {
    const { rule } = audited;
    if (rule === undefined || rule.permission === 'public' || !isWrittenDown(rule)) {
      const { response, outcome } = await carryOut();
      this.turnedAway(audited, outcome);
      return response;
    }
    const subject = subjectOf(audited);
    const { permission } = rule;
    const { sequence } = await this.#trail.append({ ...subject, result: 'begun', permission }).catch(refuse);
    try {
      const { response, outcome } = await carryOut();
      this.#end(subject, sequence, outcome);
      return response;
    } catch (error) {
      this.#end(subject, sequence, { status: 500 });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refusals[Symbol.asyncDispose]();
    await this.#trail.settled();
  }

  /** Nobody waits for it: an outcome that does not get to disk is one that is unknown. */
  #end(subject: AuditSubject, begun: number, { status, code, made }: Outcome): void {
    const told = { ...subject, begun, status };
    if (status >= 400) this.#trail.appendLater({ ...told, result: 'failed', ...(code === undefined ? {} : { code }) });
    else this.#trail.appendLater({ ...told, result: 'done', ...(made === undefined ? {} : { made }) });
  }
}

/** Everything that changes or commands something, and what shows secrets. */
function isWrittenDown({ method, permission }: RouteRule): boolean {
  return method !== 'GET' || permission === 'credentials:read' || permission === 'secret:read';
}

function subjectOf({ request, requestId, peer, identity, rule }: Audited, claimed = ''): AuditSubject {
  const token = identity?.token?.id;
  return {
    request_id: requestId,
    who: shortened(identity?.name ?? claimed, longestName),
    method: identity?.method ?? '',
    peer,
    ...(token === undefined ? {} : { token }),
    action: rule === undefined ? request.method : `${rule.method} ${rule.path}`,
    target: shortened(targetOf(request), longestTarget),
  };
}

/** The path, and of the query only what is true or false: anything else could be a secret. */
function targetOf(request: Request): string {
  if (!request.url.includes('?')) return writtenPath(request);
  const query = URL.parse(request.url, 'http://localhost')?.searchParams ?? [];
  const flags = Array.from(query).filter(
    ([name, value]) => /^[a-z_]{1,32}$/.test(name) && /^(true|false)$/.test(value),
  );
  const text = flags.map(([name, value]) => `${name}=${value}`).join('&');
  return text === '' ? writtenPath(request) : `${writtenPath(request)}?${text}`;
}

function refuse(cause: unknown): never {
  if (cause instanceof AppError && cause.code === 'shutting_down') throw cause;
  const message = `the request was not carried out, because it cannot be audited: ${describeError(cause)}`;
  throw new AppError('not_audited', message, { hint: 'nothing was done; try again when that is set right', cause });
}
