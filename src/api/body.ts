import { Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { mostMembers, mostNesting, shapeOf } from '../lib/nesting.ts';

/** The largest body a request may have. */
export const maxBodyBytes = 1024 * 1024;

/** A body without members, which must be an object all the same. */
export const NoMembers = t.Object({});

/**
 * The body as a JSON object. The content type is ignored, as in the original; no body is an empty object.
 *
 * @throws AppError `body_too_large`, `encoding_unsupported`, `invalid_body`
 */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const text = decode(await readLimited(request));
  if (text.trim() === '') return {};
  const value = parse(text);
  if (isObject(value)) return value;
  throw new AppError('invalid_body', `the body is ${kindOf(value)}, not a JSON object`, {
    hint: 'send an object, such as {} when there is nothing to say',
  });
}

/** The body as a JSON array. @throws AppError `body_too_large`, `encoding_unsupported`, `invalid_body` */
export async function readJsonArray(request: Request): Promise<unknown[]> {
  const value = parse(decode(await readLimited(request)));
  if (Array.isArray(value)) return value;
  throw new AppError('invalid_body', `the body is ${kindOf(value)}, not a JSON array`, {
    hint: 'send an array of operations, as RFC 6902 has them',
  });
}

/** The raw body, in base64. @throws AppError `body_too_large`, `encoding_unsupported`, `invalid_body` */
export async function readBase64(request: Request): Promise<string> {
  return Buffer.from(await readLimited(request)).toString('base64');
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

async function readLimited(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      // Nothing has no encoding.
      if (size === 0 && chunk.length > 0) checkEncoding(request.headers);
      size += chunk.length;
      if (size > maxBodyBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('invalid_body', 'the body broke off before its end', { hint: 'send the request again', cause });
  }
  return Buffer.concat(chunks);
}

/** Other encodings are not undone: a small body could become a very large one. */
function checkEncoding(headers: Headers): void {
  const encodings = (headers.get('content-encoding') ?? '').split(',').map((encoding) => encoding.trim().toLowerCase());
  const other = encodings.find((encoding) => encoding !== '' && encoding !== 'identity');
  if (other === undefined) return;
  throw new AppError('encoding_unsupported', `the body has the encoding ${other}, which this server does not take`, {
    hint: 'send the body as it is, without Content-Encoding',
  });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('invalid_body', 'the body is not UTF-8 text', { hint: 'send JSON in UTF-8', cause });
  }
}

function parse(text: string): unknown {
  const { nesting, members } = shapeOf(text);
  if (nesting > mostNesting) throw refused(`objects and arrays stand more than ${mostNesting} deep in one another`);
  if (members > mostMembers) throw refused(`an object has ${members} members, and may have ${mostMembers}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The parser's message is not passed on: it repeats the unexpected text, which may be a secret.
    throw new AppError('invalid_body', 'the body is not JSON', { hint: 'send a JSON object', cause });
  }
}

function refused(why: string): AppError {
  return new AppError('invalid_body', `the body is not taken: ${why}`, { hint: 'send less at once' });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooLarge(): AppError {
  return new AppError('body_too_large', `the body is larger than ${maxBodyBytes} bytes`, {
    hint: 'split the request',
  });
}
