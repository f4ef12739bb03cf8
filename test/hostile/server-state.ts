import { execFileSync } from 'node:child_process';
import { type CompiledServer, compiledExecutable } from '../support/compiled.ts';

/** What the log says that went wrong in the server itself. */
export function errorsOf(server: CompiledServer): string[] {
  return server.log
    .filter(({ level }) => level === 'error' || level === 'fatal')
    .map((line) => JSON.stringify(line).slice(0, 500));
}

/** What it printed that is no line of its log: traces of the runtime, such as of what nobody caught. */
export function strayLinesOf(server: CompiledServer): string[] {
  return server.lines.filter((line) => !line.startsWith('{')).map((line) => line.slice(0, 500));
}

/** Goes over the whole audit trail. @throws Error with what is said when it is not whole */
export function verifyAudit(dataDir: string): string {
  return execFileSync(compiledExecutable(), ['audit', 'verify', '--data-dir', dataDir], { encoding: 'utf8', env: {} });
}
