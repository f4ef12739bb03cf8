import type { Authenticator } from '../../../src/auth/authenticator.ts';
import type { AuthenticatorKind } from '../../../src/auth/authenticators/kind.ts';
import { PluginOptions } from '../../../src/auth/authenticators/plugin-options.ts';
import { parseGivenObject } from '../../../src/config/document.ts';
import { randomBytes, recordingLogger, standingClock } from '../support.ts';

export interface Made {
  authenticator: Authenticator;
  /** One line per thing logged, as text. */
  lines: string[];
  clock: ReturnType<typeof standingClock>;
}

/** An authenticator of a kind with these options, by a clock that stands still. */
export async function makeKind(kind: AuthenticatorKind, options: object): Promise<Made> {
  const { where, members } = parseGivenObject(JSON.stringify(options), 'options');
  const clock = standingClock();
  const logger = recordingLogger();
  const authenticator = await kind.make(new PluginOptions({ name: kind.name, where, options: members }), {
    clock,
    logger,
    randomBytes,
  });
  return { authenticator, lines: logger.lines, clock };
}
