import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../../lib/errors.ts';
import { clearAway, endDetached, follow, isLaunched, launch } from '../../machine/detached.ts';
import { type Facts, gatherFacts } from '../../machine/facts.ts';
import { readBootId } from '../../machine/reboot.ts';
import { placesOf } from '../../machine/run-directory.ts';
import { PollPauses } from '../../ssh/poll-pauses.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Step, skipped, succeeded } from '../kind.ts';

const CommandIntent = t.Object({
  act: t.Literal('command'),
  /** Names the run on the machine. In an earlier build it was the id of the operation. */
  run: t.Optional(t.String()),
  command: t.String(),
  boot_id: t.String(),
  /** Bytes of the host's output before the command's own. */
  output_from: t.Integer(),
});
type CommandIntent = Static<typeof CommandIntent>;

export interface DetachedDeadlines {
  /** From the launch to the end of the command. */
  commandMs: number;
  /** How long a machine may be unreachable before the server gives up; the command goes on there. */
  contactMs: number;
}

/** Pauses before a lost machine is tried again, in milliseconds. */
const contactPauses = { first: 1_000, longest: 10_000 };

const defaultDeadlines: DetachedDeadlines = { commandMs: 2 * 3_600_000, contactMs: 300_000 };

export interface DetachedStep {
  name: string;
  /**
   * Whether a timeout ends the command. Other commands, such as a package manager, end early only when they are
   * cancelled.
   */
  mayBeCutOff?: boolean;
  /** The command for such a machine, or the reason why there is none. */
  command(facts: Facts, where: Where): { command: string } | { skip: string };
}

export interface Where {
  /** Names the run on the machine. */
  id: string;
  /** The user of the SSH login. */
  login: string;
}

/**
 * A step that runs one long command which must not be interrupted. The command starts on the machine in a session of
 * its own, and the server follows it over as many connections and server processes as it takes.
 */
export function detachedStep(definition: DetachedStep, deadlines: DetachedDeadlines = defaultDeadlines): Step {
  return {
    name: definition.name,
    acts: ['command'],
    async run(work) {
      using lease = await work.session();
      const facts = await gatherFacts(lease.session, work.signal);
      const choice = definition.command(facts, { id: work.runId, login: lease.session.target.user });
      if ('skip' in choice) return skipped(choice.skip);
      const intent = {
        act: 'command' as const,
        run: work.runId,
        command: choice.command,
        boot_id: facts.bootId,
        output_from: work.outputBytes(),
      };
      await work.intend(intent);
      return toTheEnd(work, intent, deadlines);
    },
    judge: (work, intent) => toTheEnd(work, Value.Parse(CommandIntent, intent), deadlines),
    async end(work, intent, why) {
      const { run = work.operation } = Value.Parse(CommandIntent, intent);
      if (why === 'timed_out' && definition.mayBeCutOff !== true) throw notCutOff(run);
      using lease = await work.session();
      await endDetached(lease.session, run, work.signal);
    },
    async afterwards(work, { exit_code }) {
      // Without an exit code the command may still run, or its end was not seen: then keep the files on the machine as
      // evidence.
      if (exit_code === null) return;
      using lease = await work.session();
      // An earlier build gave the run the id of the operation.
      await clearAway(lease.session, [work.runId, work.operation], work.signal);
    },
  };
}

/**
 * Launches the command unless it was launched before, and follows it to its end across lost connections. Serves a new
 * command and one that an earlier server started: launching and following are idempotent on the machine.
 */
async function toTheEnd(
  work: HostWork,
  intent: CommandIntent,
  { commandMs, contactMs }: DetachedDeadlines,
): Promise<HostOutcome> {
  const { clock, signal } = work;
  const { run: id = work.operation } = intent;
  const end = clock.monotonic() + commandMs;
  let lostAt: number | undefined;
  const pauses = new PollPauses(contactPauses);
  await work.phase('acting');
  while (true) {
    try {
      using lease = await work.session();
      await checkBoot(await readBootId(lease.session, signal), intent.boot_id, work.address);
      if (!(await isLaunched(lease.session, id, signal)))
        await launch(lease.session, { id, command: intent.command }, signal);
      lostAt = undefined;
      pauses.reset();
      const exitCode = await follow(lease.session, id, {
        from: work.outputBytes() - intent.output_from,
        onOutput: (chunk) => work.output(chunk),
        deadlineMs: Math.max(1, end - clock.monotonic()),
        signal,
      });
      return exitCode === 0 ? succeeded(0) : failedWith(work, exitCode);
    } catch (error) {
      signal.throwIfAborted();
      if (!isContactLoss(error)) throw error;
      const now = clock.monotonic();
      lostAt ??= now;
      if (now - lostAt > contactMs || now > end) throw stillGoing(work, id, error);
      await clock.sleep(pauses.after(error), signal);
    }
  }
}

async function checkBoot(current: string, launchedIn: string, address: string): Promise<void> {
  if (current === launchedIn) return;
  throw new AppError('outcome_unknown', `${address} was rebooted while the command was to run there`, {
    hint: 'look at the machine, for example at the log of its package manager, before trying again',
  });
}

function isContactLoss(error: unknown): boolean {
  const codes: string[] = ['connection_lost', 'unreachable', 'host_busy', 'login_refused', 'timed_out'];
  return error instanceof AppError && codes.includes(error.code);
}

function failedWith({ address, reference }: HostWork, exitCode: number): HostOutcome {
  const message = `the command on ${address} ended with exit code ${exitCode}; see its output with \`commctl operation log --host ${address} ${reference}\``;
  return { state: 'failed', exit_code: exitCode, error: { code: 'command_failed', message } };
}

function stillGoing({ address }: HostWork, run: string, cause: unknown): AppError {
  return new AppError('outcome_unknown', `lost ${address} while a command runs there`, {
    hint: `it goes on by itself; its output and status are in ${placesOf(run)} on the machine`,
    cause,
  });
}

function notCutOff(run: string): AppError {
  return new AppError(
    'outcome_unknown',
    `it is not cut off half way and goes on there, with its output in ${placesOf(run)}`,
  );
}
