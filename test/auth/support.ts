import type { AuthenticationRequest } from '../../src/auth/authenticator.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';

/** A log that keeps its lines, as text, for a test to read. */
export function recordingLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (details: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(details)}`);
  };
  const logger: Logger & { lines: string[] } = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}

/** A clock that stands still until it is moved; `jump` sets the calendar alone. */
export function standingClock(): Clock & { advance(ms: number): void; jump(ms: number): void } {
  let elapsed = 0;
  let jumped = 0;
  return {
    now: () => new Date(elapsed + jumped),
    monotonic: () => elapsed,
    sleep: () => Promise.reject(new Error('nothing here sleeps')),
    advance: (ms) => {
      elapsed += ms;
    },
    jump: (ms) => {
      jumped += ms;
    },
  };
}

export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function requestWith(authorization: string | undefined, path = '/api/v0/hosts'): AuthenticationRequest {
  const headers = new Headers(authorization === undefined ? {} : { authorization });
  return { headers, method: 'GET', path, peer: '192.0.2.1', transport: { kind: 'plain' } };
}

export function basic(user: string, password: string, scheme = 'Basic'): string {
  return `${scheme} ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Cheap on purpose: the tests make many. */
export function bcryptHash(password: string): string {
  return Bun.password.hashSync(password, { algorithm: 'bcrypt', cost: 4 });
}

export function argonHash(password: string): string {
  return Bun.password.hashSync(password, { algorithm: 'argon2id', memoryCost: 1024, timeCost: 2 });
}
