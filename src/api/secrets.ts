import { Type as t } from '@sinclair/typebox';
import { decodeProtectedHeader } from 'jose';
import { checkedSecretPath, SecretValue, type StoredSecret } from '../inventory/secret.ts';
import { AppError } from '../lib/errors.ts';
import { NoMembers } from './body.ts';
import type { Services } from './context.ts';
import { Elysia, own } from './framework.ts';
import { parameter } from './query.ts';

export const SecretQuery = t.Object({ type: parameter });

const bytesType = 'application/octet-stream';

/** Whether the body is the value itself rather than JSON that holds it. */
export function isSecretBytes({ method, url, headers }: Request): boolean {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  return method === 'PUT' && type === bytesType && new URL(url).pathname.startsWith('/api/v0/secrets/');
}

/**
 * Keys and containers by the protocol of Custodia (CPD-101). A path that ends with a slash names a container; how it gets
 * here in one piece is the business of `requestUrl`.
 */
export function secretRoutes({ secrets }: Services) {
  return new Elysia({ name: 'secrets' })
    .get(
      '/api/v0/secrets/:secret',
      async ({ params, query, request }) => {
        const { path, isContainer } = placeOf(params.secret);
        if (isContainer) return secrets.list(path);
        const secret = await secrets.get(path);
        if (query.type !== undefined && query.type !== secret.value.type) throw otherType(path, secret, query.type);
        return wantsBytes(request) ? bytesOf(secret) : secret.value;
      },
      { query: own(SecretQuery) },
    )
    .put(
      '/api/v0/secrets/:secret',
      async ({ params, body, request, set }) => {
        const { path, isContainer } = placeOf(params.secret);
        if (isContainer) throw notForContainers(path);
        if (body.type === 'jwe') checkJwe(body.value);
        await secrets.put(path, { value: body, isBytes: isSecretBytes(request) });
        set.status = 201;
        return { name: path };
      },
      { body: own(SecretValue) },
    )
    .post(
      '/api/v0/secrets/:secret',
      async ({ params, set }) => {
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
      { body: own(NoMembers) },
    )
    .delete('/api/v0/secrets/:secret', async ({ params }) => {
      const { path, isContainer } = placeOf(params.secret);
      await (isContainer ? secrets.deleteContainer(path) : secrets.delete(path));
      return new Response(null, { status: 204 });
    });
}

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
    // Told below.
  }
  throw new AppError('invalid_member', '/value: not a JWE in compact form', {
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
