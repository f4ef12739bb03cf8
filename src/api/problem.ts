import { AppError } from '../lib/errors.ts';
import { problems } from '../lib/problems.ts';

/** The media type of RFC 9457. */
export const problemType = 'application/problem+json';

/** An AppError as a problem document; anything else as `internal_error`, which tells nothing of the inside. */
export function problemResponse(error: unknown, requestId: string): Response {
  const failure = error instanceof AppError ? error : internalError(requestId);
  const { code, message, hint, details, status } = failure;
  const body = {
    type: `urn:commissaire:problem:${code}`,
    title: problems[code].title,
    status,
    detail: message,
    code,
    ...(hint === undefined ? {} : { hint }),
    request_id: requestId,
    ...details,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': problemType, ...headersOf(failure) },
  });
}

function internalError(requestId: string): AppError {
  return new AppError('internal_error', 'the server failed at something it should not have', {
    hint: `look for ${requestId} in its log`,
  });
}

function headersOf({ code, details }: AppError): Record<string, string> {
  if (code === 'method_not_allowed' && Array.isArray(details?.allowed)) return { allow: details.allowed.join(', ') };
  if (typeof details?.retry_after === 'number') return { 'retry-after': String(details.retry_after) };
  return {};
}
