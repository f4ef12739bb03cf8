import { AppError } from '../lib/errors.ts';
import { type ProblemCode, problems } from '../lib/problems.ts';
import { shortened, shortenedLines, shortenedMembers } from '../lib/shortened.ts';

/** The media type of RFC 9457. */
export const problemType = 'application/problem+json';

/** Characters of `detail` and of `hint`. */
const longestSentence = 2_000;
/** Bounds of all other members. A list of hosts may be as long as a cluster is large. */
const bounds = { text: 255, items: 10_000, depth: 4 };
/** Codes whose message shows the caller's text on a line of its own, with a mark under the mistake. */
const onLines: readonly ProblemCode[] = ['invalid_target'];

/**
 * An AppError as a problem; any other error as `internal_error`, which reveals no internals. Every problem is made
 * here, so this is where text that it repeats from the request, of any content and length, is shortened.
 */
export function problemResponse(error: unknown, requestId: string): Response {
  const failure = error instanceof AppError ? error : internalError(requestId);
  const { code, message, hint, details, status } = failure;
  const body = {
    type: `urn:commissaire:problem:${code}`,
    title: problems[code].title,
    status,
    detail: onLines.includes(code) ? shortenedLines(message, longestSentence) : shortened(message, longestSentence),
    code,
    ...(hint === undefined ? {} : { hint: shortened(hint, longestSentence) }),
    request_id: requestId,
    ...shortenedMembers(details ?? {}, bounds),
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
  // RFC 9110, 15.5.16.
  if (code === 'encoding_unsupported') return { 'accept-encoding': 'identity' };
  if (typeof details?.retry_after === 'number') return { 'retry-after': String(details.retry_after) };
  return {};
}
