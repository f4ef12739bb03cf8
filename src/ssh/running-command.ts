import type { ClientChannel } from 'ssh2';
import { CommandOutput } from './command-output.ts';
import type { ExecOptions, ExecResult } from './session.ts';

/**
 * A command that has been sent to a machine. To be made in the very callback that ssh2 hands the channel to: how the
 * command ended may have come in the same packet as the word that it began, and is told once.
 */
export class RunningCommand {
  readonly channel: ClientChannel;
  readonly output: CommandOutput;
  /** Resolves when the channel is closed and all output was taken. */
  readonly ended: Promise<unknown>;
  /** How the command ended, once the machine has reported it. */
  exit: Pick<ExecResult, 'exitCode' | 'exitSignal'> | undefined;

  constructor(channel: ClientChannel, options: ExecOptions) {
    this.channel = channel;
    this.output = new CommandOutput(options);
    channel.on('exit', (code: number | null, signal?: string) => {
      this.exit = { exitCode: code, exitSignal: signal ?? null };
    });
    // Input for a command that has already ended; the close of the channel reports how it ended.
    channel.on('error', () => undefined);
    const closed = new Promise((resolve) => channel.once('close', resolve));
    this.ended = Promise.all([closed, this.output.take(channel, 'stdout'), this.output.take(channel.stderr, 'stderr')]);
  }
}
