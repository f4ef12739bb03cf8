import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session, SessionKeeper } from '../../client/session.ts';
import type { Clock } from '../../lib/clock.ts';
import { systemErrorCode } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { defaultContext } from '../contexts/document.ts';
import { replaceOwnFile } from '../replace-private-file.ts';
import { stateDirectory } from '../state-directory.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

export interface StoredSession extends Session {
  /** The only servers to which it is sent. */
  readonly endpoints: readonly string[];
  /** The login in the configuration: a user, or a kubeconfig. */
  readonly login: string;
  /** The context that it belongs to; `default` when left out. */
  readonly context?: string;
}

/** What a session is for. */
export interface SessionPlace {
  readonly endpoints: readonly string[];
  readonly context: string;
}

/** The most sessions; the oldest is removed first, expired or not. */
const mostKept = 100;

/** The sessions that `commctl login` has created, in a file that only its owner can read. */
export class SessionFile {
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(terminal: Pick<Terminal, 'environment' | 'homeDirectory'>, clock: Clock) {
    this.#directory = stateDirectory(terminal);
    this.#clock = clock;
  }

  get path(): string {
    return join(this.#directory, 'session.json');
  }

  /**
   * The session of the context for all of the endpoints, and for this login if one is given.
   *
   * @throws UsageError when others can read the file
   */
  async find({ endpoints, context }: SessionPlace, login: string | undefined): Promise<StoredSession | undefined> {
    const now = this.#clock.now().getTime();
    return (await this.#read()).find((session) => {
      const isHere = contextOf(session) === context && endpoints.every((url) => session.endpoints.includes(url));
      return isHere && session.expiresAt > now && (login === undefined || session.login === login);
    });
  }

  /** Replaces the sessions of its context for any of its endpoints. */
  async keep(session: StoredSession): Promise<void> {
    const place = { endpoints: session.endpoints, context: contextOf(session) };
    await this.#change((sessions) => [...sessions.filter((each) => !isOf(each, place)), session]);
  }

  /** The sessions of a context belong to another one from now on. */
  async move(place: SessionPlace, context: string): Promise<void> {
    await this.#change((sessions) => sessions.map((each) => (isOf(each, place) ? { ...each, context } : each)));
  }

  /** Deletes the sessions of a context. */
  async forgetOf(place: SessionPlace): Promise<void> {
    await this.#change((sessions) => sessions.filter((each) => !isOf(each, place)));
  }

  async forget(id: string): Promise<void> {
    await this.#change((sessions) => sessions.filter((session) => session.id !== id));
  }

  /** Stores renewals of this one session. */
  keeperOf(stored: StoredSession): SessionKeeper {
    const current = (sessions: readonly StoredSession[]) => sessions.find(({ id }) => id === stored.id) ?? stored;
    return {
      read: async () => stored,
      replace: async (renew) => {
        let renewed: Session = stored;
        await this.#change(async (sessions) => {
          const session = current(sessions);
          renewed = await renew(session);
          // A session that was ended meanwhile by a logout stays deleted.
          return sessions.map((each) => (each.id === session.id ? { ...session, ...renewed } : each));
        });
        return renewed;
      },
    };
  }

  async #change(
    change: (sessions: readonly StoredSession[]) => readonly StoredSession[] | Promise<readonly StoredSession[]>,
  ): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    // Imported late, because most calls do not need it.
    const { lockFile } = await import('./lock.ts');
    using _lock = await lockFile(join(this.#directory, 'session.lock'), this.#clock);
    // Expired sessions stay, unused, because the calendar may be wrong for a moment.
    await this.#write((await change(await this.#read())).slice(-mostKept));
  }

  #write(sessions: readonly StoredSession[]): Promise<void> {
    return replaceOwnFile(this.path, `${JSON.stringify({ sessions }, null, 2)}\n`);
  }

  /** An invalid file counts as empty: a login writes a new one. */
  async #read(): Promise<readonly StoredSession[]> {
    try {
      const { mode } = await stat(this.path);
      if ((mode & 0o077) !== 0) throw exposed(this.path);
      const parsed: unknown = JSON.parse(await readFile(this.path, 'utf8'));
      return isFile(parsed) ? parsed.sessions.filter(isSession) : [];
    } catch (error) {
      if (error instanceof SyntaxError || systemErrorCode(error) === 'ENOENT') return [];
      if (error instanceof UsageError) throw error;
      throw new UsageError(`cannot read ${this.path}: ${systemReason(error)}`, { cause: error });
    }
  }
}

/** Whether the session is of the context, and for any of the endpoints. */
function isOf(session: StoredSession, { endpoints, context }: SessionPlace): boolean {
  return contextOf(session) === context && session.endpoints.some((url) => endpoints.includes(url));
}

function contextOf({ context = defaultContext }: StoredSession): string {
  return context;
}

function exposed(path: string): UsageError {
  return new UsageError(`others can read ${path}, which holds session tokens`, {
    hint: `remove it, and log in again with \`commctl login\``,
  });
}

function isFile(value: unknown): value is { sessions: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'sessions' in value && Array.isArray(value.sessions);
}

function isSession(value: unknown): value is StoredSession {
  if (typeof value !== 'object' || value === null || !('endpoints' in value) || !Array.isArray(value.endpoints))
    return false;
  const members = new Map<string, unknown>(Object.entries(value));
  if (members.has('context') && typeof members.get('context') !== 'string') return false;
  const areTexts = ['login', 'id', 'token'].every((name) => typeof members.get(name) === 'string');
  return areTexts && ['renewAt', 'expiresAt'].every((name) => typeof members.get(name) === 'number');
}
