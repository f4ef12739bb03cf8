/**
 * How a command typed at a prompt goes over its hosts when nothing else is said: over all of them, so many at a time,
 * whatever fails. A limit that is given is there to stop at.
 */
export function execStrategy(said: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const limited = said.max_failures !== undefined || said.max_unreachable !== undefined;
  return { batch: '100%', concurrency: 64, on_failure: limited ? 'stop' : 'continue', ...said };
}
