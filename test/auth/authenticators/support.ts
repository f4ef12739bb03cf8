import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Authenticator } from '../../../src/auth/authenticator.ts';
import type { AuthenticatorKind } from '../../../src/auth/authenticators/kind.ts';
import { PluginOptions } from '../../../src/auth/authenticators/plugin-options.ts';
import { parseGivenObject } from '../../../src/config/document.ts';
import type { IdentityService } from '../../support/identity-service.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { randomBytes, recordingLogger, standingClock } from '../support.ts';

export interface Made {
  authenticator: Authenticator;
  /** One line per thing logged, as text. */
  lines: string[];
  clock: ReturnType<typeof standingClock>;
}

/** Short, as some tests wait for it, and long enough for a handshake on a busy machine. */
const deadlineMs = 2000;

/** An authenticator of a kind with these options, by a clock that stands still. */
export async function makeKind(kind: AuthenticatorKind, options: object): Promise<Made> {
  const { where, members } = parseGivenObject(JSON.stringify(options), 'options');
  const clock = standingClock();
  const logger = recordingLogger();
  const authenticator = await kind.make(new PluginOptions({ name: kind.name, where, options: members }), {
    clock,
    logger,
    randomBytes,
    deadlineMs,
  });
  return { authenticator, lines: logger.lines, clock };
}

/** The same for one that asks a service, which it verifies by its authority. */
export async function makeRemote(
  kind: AuthenticatorKind,
  service: IdentityService,
  options: object,
): Promise<Made & Disposable> {
  const directory = temporaryDirectory();
  const ca = join(directory.path, 'ca.crt');
  writeFileSync(ca, service.authority);
  const made = await makeKind(kind, { ca, ...options });
  return {
    ...made,
    [Symbol.dispose]() {
      service[Symbol.dispose]();
      directory[Symbol.dispose]();
    },
  };
}
