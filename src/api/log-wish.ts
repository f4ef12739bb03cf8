import type { Access } from '../auth/access.ts';
import { logLevels } from '../config/log-levels.ts';
import { AppError } from '../lib/errors.ts';
import type { LogWish } from '../lib/scope-of-work.ts';

/** The most lines that one request may cause by asking for them. */
const mostLines = 1_000;

/**
 * What a request asks of the log: `X-Log-Request` is a level, from which on its own lines are logged, and `X-Log-Token`
 * a word that its lines carry.
 *
 * @throws AppError `invalid_member`; `forbidden` for a caller who may not ask
 */
export function logWishOf({ headers }: Request, access: Access): LogWish | undefined {
  const [level, token] = [headers.get('x-log-request'), headers.get('x-log-token')];
  if (level === null && token === null) return undefined;
  const wish = {
    level: level === null ? undefined : levelOf(level),
    token: token === null ? undefined : tokenOf(token),
    linesLeft: mostLines,
  };
  if (access.allows('log:raise')) return wish;
  throw new AppError('forbidden', 'X-Log-Request and X-Log-Token need the permission log:raise', {
    hint: 'send the request without them, or ask an administrator for a role with that permission',
    details: { permission: 'log:raise' },
  });
}

function levelOf(text: string): string {
  const level = logLevels.find((each) => each === text.toLowerCase());
  if (level !== undefined) return level;
  throw wrong('X-Log-Request', `must be one of ${logLevels.join(', ')}`);
}

function tokenOf(text: string): string {
  if (/^[\w.:-]{1,128}$/.test(text)) return text;
  throw wrong('X-Log-Token', 'must be a word of 1 to 128 letters, digits, ".", ":", "_" and "-"');
}

function wrong(header: string, problem: string): AppError {
  return new AppError('invalid_member', `${header} ${problem}`, { details: { member: header } });
}
