import { version } from '../../lib/version.ts';
import { page, start } from './page.ts';

/** The page loads nothing from other origins, has no inline script or style, and no other page may frame it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The style sheet contains its icons.
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A page to read and try the API. It has all its parts itself: there may be no internet. */
export const viewer = {
  page: () => answer(page(version), 'text/html; charset=utf-8', 'no-cache'),
  start: () => answer(start, script),
  script: async () => answer(Bun.file((await parts()).bundle), script),
  styles: async () => answer(Bun.file((await parts()).styles), 'text/css; charset=utf-8'),
};

const script = 'text/javascript; charset=utf-8';

/** The URL of each part contains the version. */
const aDay = 'public, max-age=86400';

async function parts() {
  const { assets } = await import('./assets.ts');
  return assets;
}

function answer(body: string | Blob, type: string, caching: string = aDay): Response {
  return new Response(body, {
    headers: {
      'content-type': type,
      'cache-control': caching,
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
  });
}
