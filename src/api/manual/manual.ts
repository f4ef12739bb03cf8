import { extname } from 'node:path';
import { AppError } from '../../lib/errors.ts';
import { isKnown, notModified } from '../etag.ts';
import { Pack } from './pack.ts';

/** A page loads nothing from other origins, has no inline script or style, and no other page may frame it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The empty icon of the pages.
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The first page. Links of pages are relative, so `/manual`, without a slash at its end, cannot be that page. */
export const front = '/manual/index.html';

/** The documentation as pages for a browser. It has all its parts itself: there may be no internet. */
export class Manual {
  #pack: Promise<Pack> | undefined;

  toFront(): Response {
    return new Response(null, { status: 302, headers: { location: front, 'cache-control': 'no-cache' } });
  }

  /**
   * A page, or a part of one.
   *
   * @throws AppError `route_not_found`
   */
  async answer(name: string, request: Request): Promise<Response> {
    this.#pack ??= embeddedPack();
    const found = await (await this.#pack).find(name);
    if (found === undefined) {
      throw new AppError('route_not_found', `the manual has no page ${name}`, { hint: `its first page is ${front}` });
    }
    const { etag, compressed } = found;
    if (isKnown(request, etag)) return notModified(etag);
    const isCompressed = takesGzip(request);
    return new Response(isCompressed ? compressed : Bun.gunzipSync(await compressed.bytes()), {
      headers: {
        'content-type': types[extname(name)] ?? 'application/octet-stream',
        ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
        vary: 'accept-encoding',
        etag,
        // A new build has other pages: the browser asks by the tag whether this one changed.
        'cache-control': 'no-cache',
        'content-security-policy': policy,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    });
  }
}

/** RFC 9110, 12.5.3, for the one coding that there is. */
function takesGzip({ headers }: Request): boolean {
  const codings = (headers.get('accept-encoding') ?? '').split(',');
  return codings.some((coding) => /^\s*gzip\s*(;|$)/i.test(coding) && !/;\s*q=0(\.0*)?\s*$/i.test(coding));
}

/** Loaded with the first request: a start does not wait for it. */
async function embeddedPack(): Promise<Pack> {
  const { packPath } = await import('./embedded.ts');
  return new Pack(Bun.file(packPath));
}
