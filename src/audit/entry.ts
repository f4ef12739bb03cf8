import { type Static, Type as t } from '@sinclair/typebox';

const hash = t.String({ pattern: '^[0-9a-f]{64}$', form: 'a SHA-256 of 64 hexadecimal digits' });

const told = {
  sequence: t.Integer({ minimum: 1, description: 'Number of the entry, without a gap' }),
  at: t.String({ description: 'When it was written' }),
  request_id: t.String({ description: 'Id of the request, as in X-Request-Id' }),
  who: t.String({ description: 'The caller; of refused credentials, who they claim to be' }),
  method: t.String({ description: 'How the caller was known, such as httpbasicauth; empty when it was not' }),
  peer: t.String({ description: 'The address the request came from' }),
  token: t.Optional(t.String({ description: 'The id of the token the caller came with' })),
  action: t.String({ description: 'The route, such as PUT /api/v0/host/:address, or authentication' }),
  target: t.String({
    description:
      'The path as it was sent, with the address of a host in place of its name; of the query only what is true or false',
  }),
};

const chained = {
  previous: t.String({ ...hash, description: 'The hash of the entry before; 64 zeros for the first' }),
  hash: t.String({ ...hash, description: 'SHA-256 of the entry without this member, as RFC 8785 writes JSON' }),
};

const status = t.Integer({ description: 'HTTP status of the answer' });
const code = t.Optional(t.String({ description: 'Code of the problem in the answer' }));
const begun = t.Integer({ description: 'The sequence of the entry that tells of the beginning' });

/** One line of the audit trail. `result` says what kind of entry it is. */
export const AuditEntry = t.Union([
  t.Object(
    { ...told, result: t.Literal('accepted'), ...chained },
    { description: 'A caller was let in; told of again after ten minutes' },
  ),
  t.Object(
    {
      ...told,
      result: t.Literal('refused'),
      status,
      code,
      issuer: t.Optional(t.String({ description: 'The issuer that a refused bearer token claims' })),
      count: t.Integer({ minimum: 1, description: 'How often, since the last entry about that peer' }),
      ...chained,
    },
    { description: 'A caller was turned away, `count` times since the last entry about that peer' },
  ),
  t.Object(
    {
      ...told,
      result: t.Literal('begun'),
      permission: t.String({ description: 'The permission that the route needs' }),
      ...chained,
    },
    { description: 'Written before anything was done' },
  ),
  t.Object(
    {
      ...told,
      result: t.Literal('done'),
      begun,
      status,
      made: t.Optional(t.String({ description: 'The path of what was made' })),
      ...chained,
    },
    { description: 'It was done' },
  ),
  t.Object(
    { ...told, result: t.Literal('failed'), begun, status, code, ...chained },
    { description: 'It was answered with a problem' },
  ),
  t.Object(
    { ...told, result: t.Literal('unknown'), begun, ...chained },
    { description: 'The server ended before it wrote what became of it' },
  ),
]);
export type AuditEntry = Static<typeof AuditEntry>;

/** Each kind of entry before it has its place in the chain. */
export type NewAuditEntry = Unchained<AuditEntry>;

type Unchained<E> = E extends AuditEntry ? Omit<E, 'sequence' | 'at' | 'previous' | 'hash'> : never;

/** Who did what, on what; the same for every entry about one request. */
export type AuditSubject = Pick<AuditEntry, 'request_id' | 'who' | 'method' | 'peer' | 'token' | 'action' | 'target'>;
