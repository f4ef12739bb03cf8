import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { abortable } from '../lib/abortable.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError } from '../lib/errors.ts';
import { ChannelPlaces } from './channel-places.ts';
import { writeInput } from './command-input.ts';
import { jumpHostLost, notForwarded } from './connect-errors.ts';
import { loginLine } from './login-shell.ts';
import { shellQuote } from './quote.ts';
import { RunningCommand } from './running-command.ts';
import type { ExecOptions, ExecResult, Session, Target } from './session.ts';
import { sudoRefused } from './sudo-refused.ts';

const putDeadlineMs = 60_000;
const sudoDeadlineMs = 30_000;

interface ClientSessionOptions {
  /** Fingerprint of the host key the machine showed. */
  readonly hostKey: string;
  /** Milliseconds that a channel may take to open. */
  readonly channelMs: number;
  /** The session to the jump host that carries this one. */
  readonly through: Session | undefined;
}

/** A session on an ssh2 client that has logged in. */
export class ClientSession implements Session {
  readonly target: Target;
  readonly hostKey: string;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #through: Session | undefined;
  readonly #channelMs: number;
  readonly #closed = new AbortController();
  #sudo: Promise<void> | undefined;
  readonly #places = new ChannelPlaces();
  /** Running commands, including those that wait for a channel. */
  #commands = 0;

  constructor(client: Client, socket: Duplex, target: Target, { hostKey, channelMs, through }: ClientSessionOptions) {
    this.#client = client;
    this.#socket = socket;
    this.target = target;
    this.hostKey = hostKey;
    this.#channelMs = channelMs;
    this.#through = through;
    client.on('error', (error) => this.#end(error));
    client.on('end', () => this.#end());
    client.on('close', () => this.#end());
    if (through === undefined) return;
    const onLost = () => this.#end();
    through.closed.addEventListener('abort', onLost, { once: true });
    this.closed.addEventListener('abort', () => through.closed.removeEventListener('abort', onLost), { once: true });
    if (through.closed.aborted) onLost();
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    if (options.privileged !== true || this.target.user === 'root') return this.#run(command, options);
    this.#sudo ??= this.#checkSudo();
    await abortable(this.#sudo, options.signal);
    return this.#run(`exec sudo -n -- sh -c ${shellQuote(command)}`, options);
  }

  async put(
    path: string,
    content: string | Uint8Array,
    options: { mode: string; signal?: AbortSignal },
  ): Promise<void> {
    const stdin = Buffer.from(content);
    const target = shellQuote(path);
    // A lost connection ends the input early, so the script checks the size. `set -C` follows no symbolic link.
    const script = [
      `umask 077; set -C; t=${target}.$$`,
      `cat >"$t" && [ "$(wc -c <"$t")" -eq ${stdin.length} ] && chmod ${options.mode} "$t" && mv -f "$t" ${target} && exit`,
      'rm -f "$t"; exit 1',
    ].join('\n');
    const result = await this.exec(script, {
      deadlineMs: putDeadlineMs,
      privileged: true,
      stdin,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.exitCode === 0) return;
    throw new AppError('command_failed', `cannot write ${path} on ${this.target.address}: ${result.stderr.trim()}`, {
      hint: 'check the free space and the permissions there',
    });
  }

  async forward(to: Target): Promise<Duplex> {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    const onClosed = () => reject(jumpHostLost(to, this.target, this.closed.reason));
    this.closed.addEventListener('abort', onClosed, { once: true });
    try {
      if (this.closed.aborted) onClosed();
      else {
        // sshd only logs the source address, and does not need ours.
        this.#client.forwardOut('127.0.0.1', 0, to.address, to.port, (error, channel) => {
          if (error) reject(notForwarded(to, this.target, error));
          else if (this.closed.aborted) channel.destroy();
          else resolve(channel);
        });
      }
      return await promise;
    } finally {
      this.closed.removeEventListener('abort', onClosed);
    }
  }

  close(): void {
    if (this.closed.aborted) return;
    this.#client.end();
    this.#end();
  }

  /** Never waits for the peer to close: a frozen machine would keep its socket for ever. */
  #end(cause?: Error): void {
    this.#socket.destroy();
    if (!this.closed.aborted) this.#closed.abort(this.#lost(cause));
  }

  async #run(script: string, options: ExecOptions): Promise<ExecResult> {
    options.signal?.throwIfAborted();
    this.#commands += 1;
    try {
      const running = await this.#open(loginLine(script), options);
      try {
        return await this.#finish(running, options);
      } finally {
        this.#places.free();
      }
    } finally {
      this.#commands -= 1;
    }
  }

  async #open(command: string, options: ExecOptions): Promise<RunningCommand> {
    const seconds = this.#channelMs / 1000;
    using deadline = new Deadline(
      this.#channelMs,
      () => this.#tooLate(`did not open a channel within ${seconds} s`, 'channel'),
      options.signal,
    );
    while (true) {
      const outcome = await this.#tryOpen(command, options, deadline.signal);
      if (outcome instanceof RunningCommand) return outcome;
      if (!(await this.#places.waitForAnother(deadline.signal))) throw this.#refused(outcome);
    }
  }

  /** The command once it is sent, or the error with which the machine refused it. Either has taken a place. */
  async #tryOpen(command: string, options: ExecOptions, signal: AbortSignal): Promise<RunningCommand | Error> {
    const { promise, resolve, reject } = Promise.withResolvers<RunningCommand | Error>();
    let waiting = true;
    const onSignal = () => {
      reject(signal.reason);
      this.#leave();
    };
    const onClosed = () => reject(this.closed.reason);
    signal.addEventListener('abort', onSignal, { once: true });
    this.closed.addEventListener('abort', onClosed, { once: true });
    this.#places.take();
    try {
      this.closed.throwIfAborted();
      this.#client.exec(command, (error, channel) => {
        if (error) resolve(error);
        else if (waiting) resolve(new RunningCommand(channel, options));
        else this.#closeChannel(channel);
      });
      return await promise;
    } catch (error) {
      this.#places.free();
      // ssh2 throws its own error when the peer has just closed.
      throw signal.aborted || this.closed.aborted ? error : this.#lost(error);
    } finally {
      waiting = false;
      signal.removeEventListener('abort', onSignal);
      this.closed.removeEventListener('abort', onClosed);
    }
  }

  async #finish(running: RunningCommand, options: ExecOptions): Promise<ExecResult> {
    const { channel, output, ended } = running;
    const seconds = options.deadlineMs / 1000;
    using deadline = new Deadline(
      options.deadlineMs,
      () => this.#tooLate(`did not finish the command within ${seconds} s`, 'command'),
      options.signal,
    );
    const interrupted = Promise.withResolvers<never>();
    const inputOver = new AbortController();
    let input: Promise<void> | undefined;
    const onDeadline = () => interrupted.reject(deadline.signal.reason);
    // Output that has arrived is still passed on; if the exit status is among it, nothing was lost.
    const onClosed = () => void ended.then(() => interrupted.reject(this.closed.reason));
    deadline.signal.addEventListener('abort', onDeadline, { once: true });
    this.closed.addEventListener('abort', onClosed, { once: true });
    try {
      if (deadline.signal.aborted) onDeadline();
      else if (this.closed.aborted) onClosed();
      else {
        input = writeInput(channel, options.stdin, inputOver.signal);
        input.catch(interrupted.reject);
      }
      await Promise.race([ended, output.failure, interrupted.promise]);
      await Promise.race([output.stop(), output.failure]);
      if (running.exit === undefined) throw this.closed.reason ?? this.#lost();
      if (!output.started) throw this.#notBegun(running.exit, output.before);
      const { truncated } = output;
      return { ...running.exit, stdout: output.text('stdout'), stderr: output.text('stderr'), truncated };
    } catch (error) {
      this.#closeChannel(channel);
      if (deadline.signal.aborted) this.#leave();
      throw error;
    } finally {
      deadline.signal.removeEventListener('abort', onDeadline);
      this.closed.removeEventListener('abort', onClosed);
      inputOver.abort();
      await input?.catch(() => undefined);
      // The caller may continue to read the output elsewhere, so it must know what was passed on here.
      await output.stop();
    }
  }

  /**
   * Stops waiting for an answer. The machine may be frozen, so the connection is closed if no other command uses it;
   * otherwise keepalive decides.
   */
  #leave(): void {
    if (this.#commands === 1) this.close();
  }

  #closeChannel(channel: ClientChannel): void {
    // ssh2 throws on a connection that has ended.
    if (!this.closed.aborted) channel.close();
  }

  async #checkSudo(): Promise<void> {
    try {
      const { exitCode, stderr } = await this.#run('LC_ALL=C sudo -n true', { deadlineMs: sudoDeadlineMs });
      if (exitCode === 0) return;
      throw sudoRefused(this.target, stderr);
    } catch (error) {
      // Checked again next time: an administrator may have changed the rights.
      this.#sudo = undefined;
      throw error;
    }
  }

  #lost(cause?: unknown): AppError {
    if (this.#through?.closed.aborted) {
      return jumpHostLost(this.target, this.#through.target, this.#through.closed.reason);
    }
    return new AppError('connection_lost', `the connection to ${this.target.address} was lost`, { cause });
  }

  #refused(cause: Error): AppError {
    return new AppError('command_failed', `${this.target.address} refuses to run a command: ${cause.message}`, {
      hint: `check MaxSessions, ForceCommand and the login shell of ${this.target.user} there`,
      cause,
    });
  }

  #notBegun({ exitCode, exitSignal }: Pick<ExecResult, 'exitCode' | 'exitSignal'>, printed: string): AppError {
    const { address, user } = this.target;
    const how = exitSignal === null ? `with exit code ${exitCode}` : `by the signal ${exitSignal}`;
    const said = printed === '' ? '' : `, and printed: ${printed}`;
    return new AppError(
      'command_failed',
      `${address} did not begin the command: its login shell, or what stands in for it, ended ${how}${said}`,
      { hint: `check ForceCommand, the login shell of ${user} and its startup files there` },
    );
  }

  #tooLate(what: string, phase: 'channel' | 'command'): AppError {
    return new AppError('timed_out', `${this.target.address} ${what}`, {
      hint: 'look at the machine',
      details: { phase },
    });
  }
}
