import type { Client, ClientChannel } from 'ssh2';
import { Deadline } from '../lib/deadline.ts';
import { AppError } from '../lib/errors.ts';
import { shellQuote } from './quote.ts';
import type { ExecOptions, ExecResult, Session, Target } from './session.ts';

const defaultCollected = 1024 * 1024;
const putDeadlineMs = 60_000;
const sudoDeadlineMs = 30_000;

/** A session on an ssh2 client that has logged in. */
export class ClientSession implements Session {
  readonly target: Target;
  readonly #client: Client;
  readonly #channelMs: number;
  readonly #closed = new AbortController();
  #sudo: Promise<void> | undefined;

  constructor(client: Client, target: Target, channelMs: number) {
    this.#client = client;
    this.target = target;
    this.#channelMs = channelMs;
    client.on('error', () => undefined);
    client.on('close', () => this.#closed.abort(this.#lost()));
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    if (options.privileged !== true || this.target.user === 'root')
      return this.#run(`sh -c ${shellQuote(command)}`, options);
    this.#sudo ??= this.#checkSudo();
    await this.#sudo;
    return this.#run(`sudo -n -- sh -c ${shellQuote(command)}`, options);
  }

  async put(
    path: string,
    content: string | Uint8Array,
    options: { mode: string; signal?: AbortSignal },
  ): Promise<void> {
    const target = shellQuote(path);
    const script = `umask 077; t=${target}.$$; cat >"$t" && chmod ${options.mode} "$t" && mv -f "$t" ${target} || { rm -f "$t"; exit 1; }`;
    const result = await this.exec(script, {
      deadlineMs: putDeadlineMs,
      privileged: true,
      stdin: content,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (result.exitCode === 0) return;
    throw new AppError('command_failed', `cannot write ${path} on ${this.target.address}: ${result.stderr.trim()}`, {
      hint: 'check the free space and the permissions there',
    });
  }

  close(): void {
    this.#client.end();
    this.#client.destroy();
  }

  async #run(command: string, options: ExecOptions): Promise<ExecResult> {
    using deadline = new Deadline(
      this.#channelMs,
      () => this.#tooLate(`did not open a channel within ${this.#channelMs / 1000} s`),
      options.signal,
    );
    const channel = await this.#open(command, deadline.signal);
    return this.#drive(channel, options);
  }

  #open(command: string, signal: AbortSignal): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      if (this.closed.aborted) return reject(this.#lost());
      const giveUp = (reason: unknown) => {
        stop();
        reject(reason);
      };
      const onSignal = () => {
        // A peer that does not even open a channel is not worth keeping.
        this.close();
        giveUp(signal.reason);
      };
      const onClosed = () => giveUp(this.#lost());
      const stop = () => {
        signal.removeEventListener('abort', onSignal);
        this.closed.removeEventListener('abort', onClosed);
      };
      signal.addEventListener('abort', onSignal, { once: true });
      this.closed.addEventListener('abort', onClosed, { once: true });
      this.#client.exec(command, (error, channel) => {
        stop();
        if (error) reject(this.#lost(error));
        else resolve(channel);
      });
    });
  }

  #drive(channel: ClientChannel, options: ExecOptions): Promise<ExecResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
    const stdout = new Collected(options.maxCollected ?? defaultCollected);
    const stderr = new Collected(options.maxCollected ?? defaultCollected);
    let exit: Pick<ExecResult, 'exitCode' | 'exitSignal'> | undefined;
    let reading = Promise.resolve();

    const take = (source: ClientChannel | ClientChannel['stderr'], from: 'stdout' | 'stderr', into: Collected) => {
      source.on('data', (chunk: Buffer) => {
        if (options.onOutput === undefined) return into.add(chunk);
        source.pause();
        const handled = reading.then(() => options.onOutput?.(chunk, from));
        reading = handled.then(() => void source.resume(), reject);
      });
    };
    take(channel, 'stdout', stdout);
    take(channel.stderr, 'stderr', stderr);
    channel.on('exit', (code: number | null, signal?: string) => {
      exit = { exitCode: code, exitSignal: signal ?? null };
    });
    channel.on('close', () => {
      void reading.then(() => {
        if (exit === undefined) return reject(this.#lost());
        const truncated = stdout.truncated || stderr.truncated;
        resolve({ ...exit, stdout: stdout.text(), stderr: stderr.text(), truncated });
      });
    });
    channel.on('error', (error: Error) => reject(this.#lost(error)));
    channel.end(options.stdin);
    return this.#within(promise, channel, options);
  }

  async #within(result: Promise<ExecResult>, channel: ClientChannel, options: ExecOptions): Promise<ExecResult> {
    const seconds = options.deadlineMs / 1000;
    using deadline = new Deadline(
      options.deadlineMs,
      () => this.#tooLate(`did not finish the command within ${seconds} s`),
      options.signal,
    );
    const ended = Promise.withResolvers<never>();
    const onAbort = () => ended.reject(deadline.signal.reason);
    const onClosed = () => void result.catch(() => undefined).then(() => ended.reject(this.#lost()));
    deadline.signal.addEventListener('abort', onAbort, { once: true });
    this.closed.addEventListener('abort', onClosed, { once: true });
    if (deadline.signal.aborted) onAbort();
    try {
      return await Promise.race([result, ended.promise]);
    } catch (error) {
      if (deadline.signal.aborted) {
        // The peer may be frozen: waiting for it to close the channel could take for ever.
        channel.close();
        this.close();
      }
      throw error;
    } finally {
      deadline.signal.removeEventListener('abort', onAbort);
      this.closed.removeEventListener('abort', onClosed);
    }
  }

  async #checkSudo(): Promise<void> {
    const { exitCode, stderr } = await this.#run('sudo -n true', { deadlineMs: sudoDeadlineMs });
    if (exitCode === 0) return;
    const { address, user } = this.target;
    throw new AppError('sudo_refused', `${user} may not run commands as root on ${address}: ${stderr.trim()}`, {
      hint: `give ${user} a sudoers entry with NOPASSWD, or log in as root`,
    });
  }

  #lost(cause?: unknown): AppError {
    return new AppError('connection_lost', `the connection to ${this.target.address} was lost`, { cause });
  }

  #tooLate(what: string): AppError {
    return new AppError('timed_out', `${this.target.address} ${what}`, { hint: 'look at the machine' });
  }
}

/** The first bytes of a stream, and whether there were more. */
class Collected {
  truncated = false;
  readonly #chunks: Uint8Array[] = [];
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  add(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#room);
    this.truncated ||= kept.length < chunk.length;
    this.#room -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
