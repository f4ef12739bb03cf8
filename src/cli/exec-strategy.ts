/**
 * The default strategy of a command typed at a prompt: it runs on all hosts, a limited number at a time, and continues
 * whatever fails. A given limit still stops it.
 */
export function execStrategy(said: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const limited = said.max_failures !== undefined || said.max_unreachable !== undefined;
  return { batch: '100%', concurrency: 64, on_failure: limited ? 'stop' : 'continue', ...said };
}
