import { version } from '../lib/version.ts';
import { audit } from './administration/audit.ts';
import { backup } from './administration/backup.ts';
import { certificate } from './administration/certificate.ts';
import { config } from './administration/config.ts';
import { database } from './administration/database.ts';
import { debug } from './administration/debug.ts';
import { doctor } from './administration/doctor.ts';
import { importing } from './administration/import.ts';
import { init } from './administration/init.ts';
import { keys } from './administration/keys.ts';
import { secrets } from './administration/master-key.ts';
import { print } from './administration/print.ts';
import { restore } from './administration/restore.ts';
import { serve } from './administration/serve.ts';
import { upgrade } from './administration/upgrade.ts';
import { user } from './administration/user.ts';
import type { Program } from './declaration.ts';
import { processTerminal } from './process-terminal.ts';
import { run } from './program.ts';
import type { Terminal } from './terminal.ts';

/** Administration on the jump host itself. Returns the exit code. */
export function commissaire(args: readonly string[]): Promise<number> {
  return run(commissaireProgram, withVerb(args), processTerminal());
}

/** `commissaire backup --to FILE` is short for `commissaire backup create --to FILE`. */
function withVerb(args: readonly string[]): readonly string[] {
  const [noun, next = '-'] = args;
  const asksForHelp = next === '-h' || next === '--help';
  return noun === 'backup' && next.startsWith('-') && !asksForHelp ? [noun, 'create', ...args.slice(1)] : args;
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
  sections: {
    'Run the server': ['serve', 'init', 'config', 'upgrade'],
    'Keep it': ['doctor', 'backup', 'restore', 'db', 'debug'],
    'Who may do what': ['user', 'certificate', 'keys', 'secrets', 'audit'],
    'Move in': ['import', 'print'],
    Help: ['help'],
  },
  commands: [
    serve,
    init,
    user,
    certificate,
    config,
    audit,
    keys,
    secrets,
    upgrade,
    print,
    doctor,
    debug,
    backup,
    restore,
    database,
    importing,
  ],
  epilogue: '`commissaire ctl …` is `commctl`, the client.',
};
