import { NoServerError } from '../client/no-server-error.ts';
import { NotSent } from '../client/not-sent.ts';
import { ProblemError } from '../client/problem-error.ts';
import { AppError } from '../lib/errors.ts';
import { proxyVariables, reachesThisMachine } from '../lib/proxies.ts';
import { certificateHint } from './certificate-hint.ts';
import { exitCode } from './exit-code.ts';
import { Interrupted } from './interrupted.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { WaitTimedOut } from './wait-timed-out.ts';

/** Reports on stderr what went wrong and what to do about it, and returns the exit code. */
export async function report(error: unknown, program: string, terminal: Terminal): Promise<number> {
  const { lines, code } = explain(error, program, terminal.environment);
  if (terminal.environment.COMMISSAIRE_DEBUG === '1' && error instanceof Error) lines.push(error.stack ?? '');
  await terminal.stderr.write(lines.map((line) => `${line}\n`).join(''));
  return code;
}

interface Explanation {
  lines: string[];
  code: number;
}

function explain(error: unknown, program: string, environment: Terminal['environment']): Explanation {
  const says = (message: string, hint: string | undefined) => [`${program}: ${message}`, ...hintLine(hint)];
  // The request was shown instead.
  if (error instanceof NotSent) return { lines: [], code: exitCode.done };
  if (error instanceof ProblemError) {
    const preface = error.status === 404 && error.code !== 'route_not_found' ? ['No object found.'] : [];
    return { lines: [...preface, ...says(error.message, hintOf(error))], code: codeOf(error) };
  }
  if (error instanceof NoServerError) {
    return { lines: [error.message, ...hintLine(serverHint(error, environment))], code: exitCode.noServer };
  }
  if (error instanceof UsageError) return { lines: says(error.message, error.hint), code: exitCode.usage };
  if (error instanceof WaitTimedOut) return { lines: says(error.message, error.hint), code: exitCode.timedOut };
  if (error instanceof Interrupted) {
    return { lines: error.message === '' ? [] : [error.message], code: exitCode.interrupted };
  }
  if (error instanceof AppError) {
    const code = error.code === 'invalid_configuration' ? exitCode.usage : exitCode.failed;
    return { lines: says(error.message, error.hint), code };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { lines: says(message, 'set COMMISSAIRE_DEBUG=1 to see where this comes from'), code: exitCode.failed };
}

function serverHint({ tried }: NoServerError, environment: Terminal['environment']): string | undefined {
  const isClosed = tried.some(
    ({ endpoint, reason }) => /^http:/i.test(endpoint) && /connection was closed/.test(reason),
  );
  if (isClosed) return 'an endpoint of a server with TLS begins with https:';
  return certificateHint(tried) ?? proxyHint(tried, environment);
}

/** Programs that obey these variables may reach a server that commctl does not. */
function proxyHint(tried: NoServerError['tried'], environment: Terminal['environment']): string | undefined {
  const isDirect = tried.some(
    ({ endpoint, reason }) => !/ through the proxy /.test(reason) && !reachesThisMachine(endpoint),
  );
  const [variable] = proxyVariables(environment);
  if (variable === undefined || !isDirect) return undefined;
  return `commctl does not use ${variable}: name the proxy as "proxy" in its configuration file, or in COMMCTL_PROXY`;
}

function codeOf({ status }: ProblemError): number {
  return status === 401 || status === 403 ? exitCode.refused : exitCode.failed;
}

function hintOf({ code, hint, members }: ProblemError): string | undefined {
  const { operation } = members;
  if (hint !== undefined || code !== 'operation_running' || typeof operation !== 'string') return hint;
  return `follow it with \`commctl operation watch ${operation}\``;
}

function hintLine(hint: string | undefined): string[] {
  return hint === undefined ? [] : [`hint: ${hint}`];
}
