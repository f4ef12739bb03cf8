import { shellQuote } from '../ssh/quote.ts';

/** A command or a script, and its environment. */
export interface Execution {
  run: { command: string } | { script: string; interpreter: readonly string[]; arguments: readonly string[] };
  stdin: string;
  environment: Readonly<Record<string, string>>;
  /** Absolute; by default the login directory, or the home of another user. */
  directory?: string;
  /** The user that runs it; by default the remote user. */
  user?: string;
  /** Octal. */
  umask?: string;
}

/** What to send to a machine: a line for a shell there, and its standard input. */
export interface Sent {
  line: string;
  stdin: Buffer;
  /** Whether root must run the line to become the user. */
  privileged: boolean;
}

/** The end of the program, so that an incomplete one never runs. */
const whole = '#whole';

/**
 * Nothing of an execution is on a command line, where its length would be limited and every user could read it. It
 * comes through standard input, before the input of the command, and no file is written.
 *
 * @param mark by which `endMarked` finds its processes: in the command line of the process that starts it and in the
 *   environment of its descendants
 * @param login the remote user
 */
export function sent(execution: Execution, mark: string, login: string): Sent {
  const { user = login } = execution;
  const program = Buffer.from(`${programOf(execution, mark, user !== login)}${whole}`);
  const input = Buffer.from(execution.stdin);
  const line = loader(mark, program.length, input.length > 0);
  const stdin = Buffer.concat([program, input]);
  if (user === login) return { line, stdin, privileged: false };
  return user === 'root'
    ? { line, stdin, privileged: true }
    : { line: runAs(user, line, login), stdin, privileged: false };
}

/** The same as one text for a shell that root runs, detached from any connection. */
export function detachedText(execution: Execution, mark: string, login: string): string {
  const { line, stdin } = sent({ ...execution, user: execution.user ?? login }, mark, 'root');
  return `printf '%s' ${shellQuote(stdin.toString('utf8'))} 2>/dev/null | sh -c ${shellQuote(line)}`;
}

/** A line for a shell of `login` that runs another line as the user. Root uses the first tool that exists. */
export function runAs(user: string, line: string, login: string): string {
  const shell = `sh -c ${shellQuote(line)}`;
  const sudo = `exec sudo -n -H -u ${shellQuote(user)} -- ${shell}`;
  if (login !== 'root') return sudo;
  return [
    'PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin',
    `if command -v runuser >/dev/null 2>&1; then exec runuser -u ${shellQuote(user)} -- ${shell}`,
    `elif command -v sudo >/dev/null 2>&1; then ${sudo}`,
    `else exec su ${shellQuote(user)} -s /bin/sh -c ${shellQuote(line)}; fi`,
  ].join('\n');
}

/** Reads exactly the program, because the rest is input of the command. Without input it can read to the end. */
function loader(mark: string, length: number, inputFollows: boolean): string {
  return [
    `: ${shellQuote(mark)}`,
    `program=$(${inputFollows ? `dd bs=1 count=${length} 2>/dev/null` : 'cat'})`,
    `case $program in *'${whole}') eval "$program" ;; *) echo 'the command did not arrive whole' >&2; exit 125 ;; esac`,
  ].join('\n');
}

function programOf(execution: Execution, mark: string, otherUser: boolean): string {
  const { run, environment, directory, user, umask } = execution;
  const lines = ['exec 2>&1', 'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin; export PATH'];
  // A tilde is the one notation for a user's home that every shell knows.
  if (otherUser)
    lines.push(`HOME=~${user}; USER=${user}; LOGNAME=${user}; export HOME USER LOGNAME`, 'cd ~ 2>/dev/null || cd /');
  if (umask !== undefined) lines.push(`umask ${umask}`);
  if (directory !== undefined) lines.push(`cd ${shellQuote(directory)} || exit 1`);
  const variables = Object.entries({ ...environment, COMMISSAIRE_RUN: mark }).map(([name, value]) =>
    shellQuote(`${name}=${value}`),
  );
  const env = `exec env ${variables.join(' ')}`;
  if ('command' in run) return [...lines, `${env} sh -c ${shellQuote(run.command)}`, ''].join('\n');
  const words = [...run.interpreter, '/proc/self/fd/3', ...run.arguments].map(shellQuote).join(' ');
  // The script gets its own pipe, which leaves standard input to what the script reads.
  return [
    ...lines,
    'exec 4<&0',
    `printf '%s' ${shellQuote(run.script)} 2>/dev/null 4<&- | { exec 3<&0 0<&4 4<&-; ${env} ${words}; }`,
    'exit',
    '',
  ].join('\n');
}
