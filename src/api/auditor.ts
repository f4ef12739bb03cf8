import { Acceptances } from '../audit/acceptances.ts';
import type { AuditSubject } from '../audit/entry.ts';
import { Refusals } from '../audit/refusals.ts';
import type { Trail } from '../audit/trail.ts';
import type { Identity } from '../auth/authenticator.ts';
import type { Claims } from '../auth/chain.ts';
import { cidrOf } from '../lib/cidr-of.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import { shortened } from '../lib/shortened.ts';
import type { RouteRule } from './permissions.ts';
import { writtenPath } from './request-url.ts';

/** The data of a request that is written to the audit trail. */
export interface Audited {
  readonly request: Request;
  readonly requestId: string;
  readonly peer: string;
  /** Undefined until the caller is authenticated. */
  readonly identity?: Identity | undefined;
  /** Undefined when there is no such route. */
  readonly rule?: RouteRule | undefined;
  /** The path with the address of a host in place of its name; left out when it is as it was sent. */
  readonly named?: string | undefined;
}

/** The outcome of a request. */
export interface Outcome {
  readonly status: number;
  readonly code?: string | undefined;
  /** The path of the created record. */
  readonly made?: string | undefined;
}

/** Bytes of a path that are written to the trail; names are up to 255 characters. */
const longestTarget = 1024;
const longestName = 255;
const turnedAway = [401, 403, 429];
/** Downloading a backup is reading all secrets. */
const showsSecrets: readonly string[] = ['credentials:read', 'secret:read', 'backup:download'];

/** Writes to the audit trail what callers do. A request that must be written there and cannot be is refused. */
export class Auditor implements AsyncDisposable {
  readonly #trail: Trail;
  readonly #acceptances: Acceptances;
  readonly #refusals: Refusals;

  constructor(trail: Trail, clock: Clock) {
    this.#trail = trail;
    this.#acceptances = new Acceptances(trail, clock);
    this.#refusals = new Refusals({ trail, clock });
  }

  /** Writes that a caller was authenticated. @throws AppError `not_audited`, `store_full` */
  async accepted(audited: Audited): Promise<void> {
    const { identity, peer } = audited;
    const token = identity?.token === undefined ? {} : { token: identity.token.id };
    const caller = { who: identity?.name ?? '', method: identity?.method ?? '', peer, ...token };
    const subject = () => ({ ...subjectOf(audited), action: 'authentication' });
    await this.#acceptances.add(caller, subject).catch(refuse);
  }

  /** Writes that a request was refused. Requests that were answered in another way without a route are not written. */
  turnedAway(audited: Audited, { status, code }: Outcome, claims?: Claims): void {
    if (!turnedAway.includes(status)) return;
    const subject = subjectOf(audited, claims?.name);
    const action = audited.identity === undefined ? 'authentication' : subject.action;
    this.#refusals.add({
      sender: cidrOf(subject.peer),
      subject: { ...subject, action },
      status,
      code,
      issuer: claims?.issuer,
    });
  }

  /**
   * Carries out a request. When it must be in the trail, its start is written first and its outcome afterwards. Of any
   * other request only a refusal is written.
   *
   * @throws AppError `not_audited`, `store_full`, and then nothing was carried out
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

  /** Not awaited: an outcome that does not get to disk is unknown. */
  #end(subject: AuditSubject, begun: number, { status, code, made }: Outcome): void {
    const told = { ...subject, begun, status };
    if (status >= 400) this.#trail.appendLater({ ...told, result: 'failed', ...(code === undefined ? {} : { code }) });
    else this.#trail.appendLater({ ...told, result: 'done', ...(made === undefined ? {} : { made }) });
  }
}

/** Every request that changes or commands something, and every request that shows secrets. */
function isWrittenDown({ method, permission }: RouteRule): boolean {
  return method !== 'GET' || showsSecrets.includes(permission);
}

function subjectOf({ request, requestId, peer, identity, rule, named }: Audited, claimed = ''): AuditSubject {
  const token = identity?.token?.id;
  return {
    request_id: requestId,
    who: shortened(identity?.name ?? claimed, longestName),
    method: identity?.method ?? '',
    peer,
    ...(token === undefined ? {} : { token }),
    action: rule === undefined ? request.method : `${rule.method} ${rule.path}`,
    target: shortened(targetOf(request, named), longestTarget),
  };
}

/** The path, and of the query only boolean parameters: any other value could be a secret. */
function targetOf(request: Request, path = writtenPath(request)): string {
  if (!request.url.includes('?')) return path;
  const query = URL.parse(request.url, 'http://localhost')?.searchParams ?? [];
  const flags = Array.from(query).filter(
    ([name, value]) => /^[a-z_]{1,32}$/.test(name) && /^(true|false)$/.test(value),
  );
  const text = flags.map(([name, value]) => `${name}=${value}`).join('&');
  return text === '' ? path : `${path}?${text}`;
}

function refuse(cause: unknown): never {
  if (!(cause instanceof AppError)) throw notAudited(cause);
  if (cause.code === 'shutting_down') throw cause;
  if (cause.code !== 'store_full') throw notAudited(cause);
  const { hint = '', details = {} } = cause;
  const message = `the request was not carried out, because it cannot be audited: ${cause.message}`;
  throw new AppError('store_full', message, { hint, details, cause });
}

function notAudited(cause: unknown): AppError {
  const message = `the request was not carried out, because it cannot be audited: ${describeError(cause)}`;
  return new AppError('not_audited', message, { hint: 'nothing was done; try again when that is set right', cause });
}
