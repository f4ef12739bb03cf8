import { constants } from 'node:os';
import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError, describeError } from '../../lib/errors.ts';
import { runnerMark } from '../../machine/detached.ts';
import { endMarked } from '../../machine/ending.ts';
import { detachedText, type Execution, runAs, sent } from '../../machine/execution.ts';
import type { ExecResult, Session } from '../../ssh/session.ts';
import { defineKind } from '../define-kind.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../kind.ts';
import { detachedStep } from './detached-step.ts';

/** Neither a command line nor an environment can hold NUL, which ends its words. */
const text = { pattern: '^[^\\u0000]*$' };
/** Linux takes 128 KiB for one word of a command line, in bytes of UTF-8. */
const word = { ...text, maxLength: 30_000 };

const wholeText = 'a text without NUL characters';
const commandForm = 'a command line of 1 to 30000 characters without NUL';

const Surroundings = t.Object({
  command: t.Optional(
    t.String({ ...word, minLength: 1, description: 'The command, for a POSIX shell', form: commandForm }),
  ),
  script: t.Optional(
    t.String({ ...text, minLength: 1, description: 'The text of a script to run instead', form: wholeText }),
  ),
  interpreter: t.Optional(
    t.String({
      ...word,
      pattern: '^[^\\s\\u0000][^\\u0000]*$',
      description: 'The program that runs the script, with its options; /bin/sh when left out',
      form: 'a program, such as /usr/bin/python3',
    }),
  ),
  arguments: t.Optional(
    t.Array(t.String({ ...word, form: wholeText }), { maxItems: 1000, description: 'The arguments of the script' }),
  ),
  stdin: t.Optional(t.String({ ...text, description: 'What the command reads', form: wholeText })),
  environment: t.Optional(
    t.Record(t.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), t.String({ ...word, form: wholeText }), {
      additionalProperties: false,
      maxProperties: 1000,
      description: 'Environment variables, by their names',
      form: 'an object of at most 1000 variables',
      names: 'letters, digits and "_", and not begin with a digit',
    }),
  ),
  directory: t.Optional(
    t.String({
      pattern: '^/[^\\u0000]*$',
      description: 'The working directory',
      form: 'an absolute path, such as /srv/site',
    }),
  ),
  user: t.Optional(
    t.String({
      pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$',
      description: 'The user that runs the command; the remote user when left out',
      form: 'the name of a user, such as www-data',
    }),
  ),
  umask: t.Optional(
    t.String({
      pattern: '^[0-7]{3,4}$',
      description: 'The umask of the command',
      form: 'a text of 3 or 4 octal digits, such as "022"',
    }),
  ),
  detached: t.Optional(
    t.Boolean({ description: 'true: the command keeps running when the connection or the server is lost' }),
  ),
  disrupts: t.Optional(t.Boolean({ description: 'false: the host stays up all the while, whatever the budgets' })),
});

const ofScript = { form: 'left out: it is for a script' };

/** A command or a script, and not both. */
export const ExecParameters = t.Intersect([
  Surroundings,
  t.Union(
    [
      t.Object({
        command: t.String(),
        script: t.Optional(t.Never()),
        interpreter: t.Optional(t.Never(ofScript)),
        arguments: t.Optional(t.Never(ofScript)),
      }),
      t.Object({ script: t.String(), command: t.Optional(t.Never()) }),
    ],
    { form: 'an object with a command or a script, and not both' },
  ),
]);
type ExecParameters = Static<typeof Surroundings>;

/** The mark identifies the processes of the command. */
const ExecIntent = t.Object({ act: t.Literal('exec'), mark: t.String(), user: t.String() });
type ExecIntent = Static<typeof ExecIntent>;

/** From start to end of the command, unless the strategy sets a shorter time. */
const defaultDeadlineMs = 2 * 3_600_000;
const shortMs = 60_000;

/**
 * Runs a command or a script. By default it depends on the connection: when that is lost, its outcome is unknown and it
 * is not run again. A detached command outlives connection and server.
 */
export function execKind(deadlineMs: number = defaultDeadlineMs): Kind {
  return defineKind({
    name: 'exec',
    parameters: ExecParameters,
    kept: Surroundings,
    disrupts: ({ disrupts }) => disrupts !== false,
    takesAway: () => false,
    steps: (parameters) => [
      parameters.detached === true ? detachedExec(parameters) : attachedExec(parameters, deadlineMs),
    ],
  });
}

function detachedExec(parameters: ExecParameters): Step {
  return detachedStep({
    name: 'exec',
    mayBeCutOff: true,
    command: (_facts, { id, login }) => ({ command: detachedText(executionOf(parameters), runnerMark(id), login) }),
  });
}

/** An attached command needs no `afterwards`: no root session is needed to tidy up after it. */
function attachedExec(parameters: ExecParameters, deadlineMs: number): Step {
  return {
    name: 'exec',
    acts: ['exec'],
    dependsOnServer: true,
    run: (work) => attached(work, executionOf(parameters), deadlineMs),
    judge: ({ address }) => Promise.reject(unknown(address, 'the server was gone before the command had ended')),
    end: (work, intent) => endAttached(work, Value.Parse(ExecIntent, intent)),
  };
}

async function attached(work: HostWork, execution: Execution, deadlineMs: number): Promise<HostOutcome> {
  const { address, signal } = work;
  using lease = await work.session();
  const { session } = lease;
  const { user: login } = session.target;
  const { user = login } = execution;
  await checkUser(session, user, signal);
  const intent: ExecIntent = { act: 'exec', mark: markOf(work), user };
  await work.intend(intent, 'acting');
  const { line, ...options } = sent(execution, intent.mark, login);
  try {
    const result = await session.exec(line, {
      ...options,
      deadlineMs,
      signal,
      onOutput: (chunk) => work.output(chunk),
    });
    return outcomeOf(result, work);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AppError)) throw error;
    // Also when a jump host was lost: the command may have run on this machine.
    if (['connection_lost', 'unreachable', 'host_busy'].includes(error.code)) {
      throw unknown(address, error.message, error);
    }
    if (error.code === 'timed_out') await endOverdue(work, intent, error);
    throw error;
  }
}

async function endOverdue(work: HostWork, intent: ExecIntent, overdue: AppError): Promise<void> {
  try {
    await endAttached(work, intent);
  } catch (error) {
    work.signal.throwIfAborted();
    throw unknown(work.address, `${overdue.message}, and it could not be ended: ${describeError(error)}`, error);
  }
}

/** Called before there is an intent: a command that cannot be run at all must not look like an outcome of it. */
async function checkUser(session: Session, user: string, signal: AbortSignal): Promise<void> {
  const { address, user: login } = session.target;
  if (user === login) return;
  const options = { deadlineMs: shortMs, signal };
  if (user === 'root') {
    await session.exec('true', { ...options, privileged: true });
    return;
  }
  const { exitCode, stderr } = await session.exec(runAs(user, 'true', login), options);
  if (exitCode === 0) return;
  const code = login === 'root' ? 'command_failed' : 'sudo_refused';
  throw new AppError(code, `${login} cannot run commands as ${user} on ${address}: ${stderr.trim()}`, {
    hint: `check that there is a user ${user}, and what sudo lets ${login} do without a password`,
  });
}

async function endAttached(work: HostWork, { mark, user }: ExecIntent): Promise<void> {
  using lease = await work.session();
  const { session } = lease;
  const { user: login } = session.target;
  const wrap = (line: string) => (user === login ? line : runAs(user, line, login));
  await endMarked(session, [mark], work.signal, wrap);
}

/** Reports the end as a shell does, whichever shell on the way was killed. */
function outcomeOf({ exitCode, exitSignal }: ExecResult, { address, reference }: HostWork): HostOutcome {
  if (exitCode === 0) return succeeded(0);
  const number = Object.entries(constants.signals).find(([name]) => name === exitSignal)?.[1];
  const code = exitCode ?? (number === undefined ? null : 128 + number);
  const how = exitSignal === null ? `with exit code ${code}` : `by the signal ${exitSignal}`;
  const message = `the command on ${address} was ended ${how}; see its output with \`commctl operation log --host ${address} ${reference}\``;
  return { state: 'failed', exit_code: code, error: { code: 'command_failed', message } };
}

/** The semicolon ends the address: the address of another machine may begin with this one. */
function markOf({ operation, address }: HostWork): string {
  return `commissaire:${operation}/${address};`;
}

function executionOf(parameters: ExecParameters): Execution {
  const { command = '', script, interpreter = '/bin/sh', arguments: words = [] } = parameters;
  const { stdin = '', environment = {}, directory, user, umask } = parameters;
  return {
    run:
      script === undefined ? { command } : { script, interpreter: interpreter.trim().split(/\s+/), arguments: words },
    stdin,
    environment,
    ...(directory === undefined ? {} : { directory }),
    ...(user === undefined ? {} : { user }),
    ...(umask === undefined ? {} : { umask }),
  };
}

function unknown(address: string, why: string, cause?: unknown): AppError {
  return new AppError('outcome_unknown', `what became of the command on ${address} is not known: ${why}`, {
    hint: 'look at the machine: it may still run there, and is not run a second time. `detached` outlives connection and server',
    cause,
  });
}
