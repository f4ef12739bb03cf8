import { Type as t } from '@sinclair/typebox';
import { decodeProtectedHeader } from 'jose';
import { checkedSecretPath, SecretValue, type StoredSecret } from '../inventory/secret.ts';
import { AppError } from '../lib/errors.ts';
import { NoMembers } from './body.ts';
import { parameter } from './query.ts';
import { json, routeGroup } from './route-group.ts';

export const SecretQuery = t.Object({ type: parameter });
const bytesType = 'application/octet-stream';

/** Whether the body is the raw value rather than JSON that contains it. */
export function isSecretBytes({ method, url, headers }: Request): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return method === 'PUT' && type === bytesType && new URL(url).pathname.startsWith('/api/v0/secrets/');
}

const Rotated = t.Object({
  key: t.String({ description: 'The id of the key that counts now' }),
  records: t.Integer({ description: 'How many records were sealed anew' }),
});

const passphraseForm = { minLength: 1, maxLength: 1024 };
const Passphrase = t.Object({
  current: t.Optional(t.String({ ...passphraseForm, description: 'The present one; needed when there is one' })),
  next: t.Union([t.String(passphraseForm), t.Null()], {
    description: 'The one that counts from now on; null for none',
    form: 'a passphrase of 1 to 1024 characters, or null for none',
  }),
});
const Protected = t.Object({ protected: t.Boolean({ description: 'Whether a passphrase protects the key now' }) });

const value = { type: 'simple', value: 'aHVudGVyMg==' };
const Made = t.Object({ name: t.String({ description: 'The path of what was made' }) });

/**
 * Keys and containers by the protocol of Custodia (CPD-101), and the rotation of the master key. A path that ends with
 * a slash names a container; `requestUrl` keeps such a path in one segment.
 */
export const secretRoutes = routeGroup({
  title: 'Secrets',
  description: 'Keys that other tools keep here, by the protocol of Custodia, and how secrets are sealed',
  routes: {
    getSecret: {
      method: 'GET',
      path: '/api/v0/secrets/:secret',
      permission: 'secret:read',
      about: 'site',
      summary: 'A key, or what is in a container: see `commctl help secrets`',
      query: SecretQuery,
      answers: {
        200: {
          description:
            'The key, as JSON or as it is when the request accepts bytes only; of a container the names in it',
          content: {
            'application/json': { schema: t.Union([SecretValue, t.Array(t.String())]), example: value },
            'application/octet-stream': { schema: t.String({ format: 'binary' }), example: 'hunter2' },
          },
        },
      },
      problems: ['secret_type_differs'],
    },
    putSecret: {
      method: 'PUT',
      path: '/api/v0/secrets/:secret',
      permission: 'secret:write',
      about: 'site',
      summary: 'Puts a key where none is; a body of application/octet-stream is the value itself',
      body: SecretValue,
      bodyExample: value,
      answers: { 201: json('It is there', Made, { name: 'web/password' }) },
      problems: ['method_not_allowed', 'secret_exists', 'too_many_secrets'],
    },
    makeSecretContainer: {
      method: 'POST',
      path: '/api/v0/secrets/:secret',
      permission: 'secret:write',
      about: 'site',
      summary: 'Makes a container; its path ends with a slash',
      body: NoMembers,
      answers: { 201: json('It is there', Made, { name: 'web/' }) },
      problems: ['secret_exists', 'too_many_secrets'],
    },
    deleteSecret: {
      method: 'DELETE',
      path: '/api/v0/secrets/:secret',
      permission: 'secret:write',
      about: 'site',
      summary: 'Deletes a key, or a container that is empty',
      answers: { 204: { description: 'It is gone' } },
      problems: ['container_not_empty'],
    },
    rotateSecretKey: {
      method: 'POST',
      path: '/api/v0/secret-keys/rotate',
      permission: 'secret_key:write',
      about: 'site',
      summary: 'Seals everything that is sealed anew, with a fresh master key: see `commctl help secrets`',
      body: NoMembers,
      answers: { 200: json('What was done', Rotated, { key: '0a1b2c3d4e5f6071', records: 120 }) },
      problems: ['store_unusable'],
    },
    changeSecretPassphrase: {
      method: 'PUT',
      path: '/api/v0/secret-keys/passphrase',
      permission: 'secret_key:write',
      about: 'site',
      summary: 'Changes the passphrase that protects the master key in its file: see `commctl help secrets`',
      body: Passphrase,
      bodyExample: { current: 'correct horse', next: 'battery staple' },
      answers: { 200: json('It is changed', Protected, { protected: true }) },
      problems: ['store_unusable'],
    },
  },
  handlers: ({ secrets, rotateSecretKey, changePassphrase }) => ({
    getSecret: async ({ params, query, request }) => {
      const { path, isContainer } = placeOf(params.secret);
      if (isContainer) return secrets.list(path);
      const secret = await secrets.get(path);
      if (query.type !== undefined && query.type !== secret.value.type) throw otherType(path, secret, query.type);
      return wantsBytes(request) ? bytesOf(secret) : secret.value;
    },
    putSecret: async ({ params, body, request, set }) => {
      const { path, isContainer } = placeOf(params.secret);
      if (isContainer) throw notForContainers(path);
      if (body.type === 'jwe') checkJwe(body.value);
      await secrets.put(path, { value: body, isBytes: isSecretBytes(request) });
      set.status = 201;
      return { name: path };
    },
    makeSecretContainer: async ({ params, set }) => {
      const { path, isContainer } = placeOf(params.secret);
      if (!isContainer) {
        throw new AppError('invalid_name', `${path} is not the path of a container`, {
          hint: 'end it with a slash to make a container; use PUT for a key',
        });
      }
      await secrets.putContainer(path);
      set.status = 201;
      return { name: `${path}/` };
    },
    deleteSecret: async ({ params }) => {
      const { path, isContainer } = placeOf(params.secret);
      await (isContainer ? secrets.deleteContainer(path) : secrets.delete(path));
      return new Response(null, { status: 204 });
    },
    rotateSecretKey: () => rotateSecretKey(),
    changeSecretPassphrase: async ({ body: { current, next } }) => {
      await changePassphrase({ current, next: next ?? undefined });
      return { protected: next !== null };
    },
  }),
});

/** @throws AppError `invalid_name` */
function placeOf(text: string): { path: string; isContainer: boolean } {
  if (text === '/') return { path: '', isContainer: true };
  const isContainer = text.endsWith('/');
  return { path: checkedSecretPath(isContainer ? text.slice(0, -1) : text), isContainer };
}

function wantsBytes({ headers }: Request): boolean {
  return (headers.get('accept') ?? '')
    .split(',')
    .some((type) => type.split(';')[0]?.trim().toLowerCase() === bytesType);
}

function bytesOf({ value, isBytes }: StoredSecret): Response {
  const bytes = Buffer.from(value.value, isBytes ? 'base64' : 'utf8');
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': bytesType } });
}

function checkJwe(text: string): void {
  try {
    const { alg, enc } = decodeProtectedHeader(text);
    if (/^[\w-]+(\.[\w-]*){4}$/.test(text) && typeof alg === 'string' && typeof enc === 'string') return;
  } catch {
    // Reported below.
  }
  throw new AppError('invalid_member', 'value must be a JWE in compact form', {
    hint: 'five parts in base64url with dots between them, as RFC 7516 has it; any other text is of type simple',
    details: { member: '/value' },
  });
}

function otherType(path: string, { value }: StoredSecret, wanted: string): AppError {
  return new AppError('secret_type_differs', `${path} is of type ${value.type}, not ${wanted.slice(0, 40)}`, {
    hint: 'ask without type, or for simple or jwe',
  });
}

function notForContainers(path: string): AppError {
  return new AppError('method_not_allowed', `${path}/ names a container, which has no value`, {
    hint: 'leave out the slash at its end, or use POST to make a container',
    details: { allowed: ['GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS'] },
  });
}
