import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** `COMMCTL_TOKEN`; an empty one counts as not set. @throws UsageError */
export function tokenOfEnvironment({ COMMCTL_TOKEN = '' }: Terminal['environment']): string | undefined {
  return COMMCTL_TOKEN === '' ? undefined : checkedToken(COMMCTL_TOKEN, '$COMMCTL_TOKEN');
}

/** RFC 6750, section 2.1. The token is not repeated, because it is a secret. @throws UsageError */
export function checkedToken(text: string, where: string): string {
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(text)) return text;
  throw new UsageError(`${where} is not a token`, {
    hint: 'give what `commctl token create --lifetime 3600` printed, and nothing else',
  });
}
