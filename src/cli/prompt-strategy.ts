/**
 * The default strategy of `exec` and `copy`, which a person types at a prompt and which take no host down by
 * themselves: all hosts, a limited number at a time, whatever fails. A given limit still stops it. `operation start`
 * has the defaults of the server, one host at a time, because its kinds reboot machines.
 */
export function promptStrategy(said: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const limited = said.max_failures !== undefined || said.max_unreachable !== undefined;
  return { batch: '100%', concurrency: 64, on_failure: limited ? 'stop' : 'continue', ...said };
}
