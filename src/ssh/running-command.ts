import type { ClientChannel } from 'ssh2';
import { CommandOutput } from './command-output.ts';
import type { ExecOptions, ExecResult } from './session.ts';

/**
 * A command that was sent to a machine. Create it in the callback in which ssh2 provides the channel: the exit status
 * may come in the same packet as the confirmation, and is emitted once.
 */
export class RunningCommand {
  readonly channel: ClientChannel;
  readonly output: CommandOutput;
  /** Resolves when the channel is closed and all output was passed on. */
  readonly ended: Promise<unknown>;
  /** How the command ended, once the machine has reported it. */
  exit: Pick<ExecResult, 'exitCode' | 'exitSignal'> | undefined;

  constructor(channel: ClientChannel, options: ExecOptions) {
    this.channel = channel;
    this.output = new CommandOutput(options);
    channel.on('exit', (code: number | null, signal?: string) => {
      this.exit = { exitCode: code, exitSignal: signal ?? null };
    });
    // Input may arrive for a command that has ended; the close of the channel reports how it ended.
    channel.on('error', () => undefined);
    const closed = new Promise((resolve) => channel.once('close', resolve));
    this.ended = Promise.all([closed, this.output.take(channel, 'stdout'), this.output.take(channel.stderr, 'stderr')]);
  }
}
