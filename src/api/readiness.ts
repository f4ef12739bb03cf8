import { AppError } from '../lib/errors.ts';
import type { CheckResult, ServerReader } from '../lib/server-reader.ts';
import { requestUrl } from './request-url.ts';

/**
 * Whether the server can work, as an answer: an object, or with `?verbose` a line for each check in the form of
 * Kubernetes. `?exclude=NAME`, many times or with commas, leaves checks out. Anybody may ask, so reasons are left out.
 *
 * @throws AppError `shutting_down` while the server starts or stops, `not_ready` when another check fails
 */
export async function readiness(request: Request, server: ServerReader): Promise<Response | { status: 'ok' }> {
  const { searchParams } = new URL(requestUrl(request).href ?? request.url, 'http://localhost');
  const excluded = new Set(searchParams.getAll('exclude').flatMap((text) => text.split(',')));
  const checks = await server.checks();
  const failed = checks.filter(({ name, ok }) => !ok && !excluded.has(name));
  if (searchParams.has('verbose') && searchParams.get('verbose') !== 'false') {
    return new Response(linesOf(checks, excluded, failed.length === 0), {
      status: failed.length === 0 ? 200 : 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  }
  const [first] = failed;
  if (first === undefined) return { status: 'ok' };
  const hint = 'try again in a moment; `commctl server status` shows every check';
  if (first.name === 'started') throw new AppError('shutting_down', first.reason, { hint });
  const names = failed.map(({ name }) => name).join(', ');
  throw new AppError('not_ready', `the server is not ready: these checks fail: ${names}`, { hint });
}

function linesOf(checks: readonly CheckResult[], excluded: ReadonlySet<string>, isReady: boolean): string {
  const lines = checks.map(({ name, ok }) => {
    if (excluded.has(name)) return `[+]${name} excluded: ok`;
    return ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`;
  });
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name));
  const warnings = unknown.map((name) => `warn: there is no check ${JSON.stringify(name)} to exclude`);
  return [...lines, ...warnings, `readyz check ${isReady ? 'passed' : 'failed'}`, ''].join('\n');
}
