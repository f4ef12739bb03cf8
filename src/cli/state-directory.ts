import { join } from 'node:path';
import type { Terminal } from './terminal.ts';

/** Where commctl keeps what it remembers: in `$XDG_STATE_HOME`, else in `~/.local/state`. */
export function stateDirectory({
  environment,
  homeDirectory,
}: Pick<Terminal, 'environment' | 'homeDirectory'>): string {
  return join(environment.XDG_STATE_HOME || join(homeDirectory, '.local', 'state'), 'commissaire');
}
