import { createHmac } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { HookUrl } from '../config/hooks.ts';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { neverByProxy, type ProxyFor, throughProxy } from '../lib/proxies.ts';
import { traceHeaders } from '../lib/scope-of-work.ts';
import { shortened } from '../lib/shortened.ts';
import type { Delivery, Outcome } from './delivery.ts';

/** The most characters of a reason, which is kept with a dead letter. */
const longestReason = 500;

/**
 * Posts events to a URL as JSON. With a secret the body is signed: `X-Commissaire-Signature: sha256=<HMAC, in hex>`.
 * Only connection failures, 429 and 5xx are worth another attempt.
 *
 * @param proxyFor how the URL is reached; directly when left out
 * @throws AppError `invalid_configuration` when the file of the secret cannot be used
 */
export function webhookDelivery(
  { url, secretFile, deadline }: HookUrl & { deadline: number },
  proxyFor: ProxyFor = neverByProxy,
): Delivery {
  const way = proxyFor(url);
  const secret = secretFile === undefined ? undefined : readSecret(secretFile);
  return async (event, signal) => {
    signal.throwIfAborted();
    const body = JSON.stringify(event);
    using limit = new Deadline(deadline * 1000, () => new Error(`no answer in ${deadline} s`), signal);
    try {
      const response = await fetch(url, {
        ...way,
        method: 'POST',
        body,
        signal: limit.signal,
        // A signed body must not reach another receiver.
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          ...traceHeaders(),
          'x-commissaire-event': `${event.type}.${event.action}`,
          'x-commissaire-sequence': String(event.sequence),
          ...(secret === undefined ? {} : { 'x-commissaire-signature': signatureOf(secret, body) }),
        },
      });
      await response.body?.cancel();
      return outcomeOf(response.status, throughProxy(way));
    } catch (error) {
      signal.throwIfAborted();
      const cause = limit.signal.aborted ? limit.signal.reason : error;
      const reason = shortened(reasonOf(cause) + throughProxy(way), longestReason);
      return { kind: 'failed', reason, mayHelpToRetry: true };
    }
  };
}

/** The code tells most; a proxy that refuses says more in its words. */
function reasonOf(cause: unknown): string {
  const code = systemErrorCode(cause);
  return code === undefined || code === 'ERR_PROXY_TUNNEL' ? describeError(cause) : code;
}

function signatureOf(secret: Uint8Array, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

function outcomeOf(status: number, through: string): Outcome {
  if (status >= 200 && status < 300) return { kind: 'done' };
  return {
    kind: 'failed',
    reason: `it answered with ${status}${through}`,
    mayHelpToRetry: status === 429 || status >= 500,
  };
}

/**
 * A final line feed comes from an editor, and is not part of the secret.
 *
 * @throws AppError `invalid_configuration`
 */
export function readSecret(path: string): Uint8Array {
  const unusable = (what: string, hint: string, cause?: unknown) =>
    new AppError('invalid_configuration', `the secret file ${path} of a hook ${what}`, { hint, cause });
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) throw unusable('can be read by others', `chmod 600 ${path}`);
    text = withoutByteOrderMark(readFileSync(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw unusable(`cannot be read: ${describeError(cause)}`, 'name a file that the server can read', cause);
  }
  if (text === '') throw unusable('is empty', 'put the secret into it');
  return Buffer.from(text, 'utf8');
}
