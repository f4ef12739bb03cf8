import { version } from '../lib/version.ts';
import { audit } from './administration/audit.ts';
import { certificate } from './administration/certificate.ts';
import { config } from './administration/config.ts';
import { debug } from './administration/debug.ts';
import { doctor } from './administration/doctor.ts';
import { importing } from './administration/import.ts';
import { init } from './administration/init.ts';
import { keys } from './administration/keys.ts';
import { secrets } from './administration/master-key.ts';
import { print } from './administration/print.ts';
import { serve } from './administration/serve.ts';
import { upgrade } from './administration/upgrade.ts';
import { user } from './administration/user.ts';
import type { Program } from './declaration.ts';
import { processTerminal } from './process-terminal.ts';
import { run } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Administration on the jump host itself. Returns the exit code. */
export function commissaire(args: readonly string[]): Promise<number> {
  return run(commissaireProgram, args, processTerminal());
}

/** The original's command. Returns the exit code. */
export function commissaireServer(args: readonly string[]): Promise<number> {
  return commissaire(['serve', ...args]);
}

/** The definition of the program, without running it. */
export const commissaireProgram: Program<{ terminal: Terminal }> = {
  kind: 'group',
  name: 'commissaire',
  calledAs: 'commissaire',
  summary: 'Rolling operations over clusters of machines that only need SSH',
  version,
  globals: {},
  context: (_globals, terminal) => ({ terminal }),
  commands: [serve, init, user, certificate, config, audit, keys, secrets, upgrade, print, doctor, debug, importing],
  epilogue: '`commissaire ctl …` is `commctl`, the client.',
};
