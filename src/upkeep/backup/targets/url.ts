import { readFileSync } from 'node:fs';
import type { TargetUrl } from '../../../config/backups.ts';
import { Deadline } from '../../../lib/deadline.ts';
import { AppError, describeError, systemErrorCode } from '../../../lib/errors.ts';
import { type ProxyFor, throughProxy } from '../../../lib/proxies.ts';
import { notCopied } from './not-copied.ts';
import type { Target } from './target.ts';

/** Milliseconds that one PUT may take. */
const putMs = 6 * 3_600_000;

/**
 * A URL that takes files by PUT, as WebDAV and object stores do. The request has the digest of the content (RFC 9530), by which the
 * service can verify it.
 */
export function urlTarget(name: string, { url, caFile, authorizationFile }: TargetUrl, proxyFor: ProxyFor): Target {
  return {
    name,
    async copy({ name: file, path, sha256 }, signal) {
      const to = url + encodeURIComponent(file);
      const way = proxyFor(to);
      const ca = caFile === undefined ? {} : { tls: { ca: read(name, caFile) } };
      const authorization =
        authorizationFile === undefined ? {} : { authorization: read(name, authorizationFile).trim() };
      const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
      using deadline = new Deadline(putMs, () => new Error('it took longer than six hours'), signal);
      try {
        const response = await fetch(to, {
          ...way,
          ...ca,
          method: 'PUT',
          body: Bun.file(path),
          redirect: 'manual',
          signal: deadline.signal,
          headers: { ...authorization, 'content-type': 'application/octet-stream', 'repr-digest': digest },
        });
        await response.body?.cancel();
        if (response.ok) return;
        const why = `${new URL(url).origin} answered with ${response.status}${throughProxy(way)}`;
        throw notCopied(name, why, 'look at its url and its authorization_file');
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof AppError) throw cause;
        const reason = (systemErrorCode(cause) ?? describeError(cause)) + throughProxy(way);
        throw notCopied(
          name,
          reason,
          'see that the service runs, and that its certificate is trusted (ca_file)',
          cause,
        );
      }
    },
  };
}

function read(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw notCopied(name, `the file ${path} cannot be read: ${describeError(cause)}`, 'correct its path', cause);
  }
}
