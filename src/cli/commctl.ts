import { version } from '../lib/version.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { budget } from './budget.ts';
import { cluster } from './cluster.ts';
import { completion } from './completion/completion.ts';
import { containerManager } from './container-manager.ts';
import { type Context, contextOf, globalOptions } from './context.ts';
import { contextNoun } from './contexts/commands.ts';
import { copy } from './copy.ts';
import type { Program } from './declaration.ts';
import { event } from './event.ts';
import { exec } from './exec.ts';
import { explain } from './explain.ts';
import { host } from './host.ts';
import { login, logout } from './login.ts';
import { network } from './network.ts';
import { operation } from './operation.ts';
import { passhash } from './passhash.ts';
import { processTerminal } from './process-terminal.ts';
import { run } from './program.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';
import { secret } from './secret.ts';
import { server } from './server.ts';
import { token } from './token.ts';
import { userData } from './user-data.ts';
import { whoami } from './whoami.ts';

/** The operator's client. Returns the exit code. */
export function commctl(args: readonly string[], calledAs = 'commctl'): Promise<number> {
  return run(commctlProgram(calledAs), args, processTerminal());
}

/** The definition of the program, without running it. */
export function commctlProgram(calledAs: string): Program<Context> {
  const program: Program<Context> = {
    kind: 'group',
    name: 'commctl',
    calledAs,
    summary: 'Manage hosts and clusters through a commissaire server',
    version,
    globals: globalOptions,
    sections: {
      'Run work': ['exec', 'copy', 'operation', 'budget'],
      'Hosts and clusters': ['host', 'cluster', 'network', 'container_manager'],
      'Look at the site': ['event', 'audit', 'server', 'backup'],
      Access: ['login', 'logout', 'whoami', 'token', 'role', 'role-binding', 'secret'],
      'Set up': ['context', 'user-data', 'passhash', 'completion'],
      Help: ['help', 'explain'],
    },
    examples: ['commctl exec cluster:web -- uptime', 'commctl cluster restart start --batch 10% --wait web'],
    context: contextOf,
    commands: [
      host,
      cluster,
      network,
      containerManager,
      exec,
      copy,
      operation,
      budget,
      role,
      roleBinding,
      whoami,
      event,
      login,
      logout,
      contextNoun,
      token,
      secret,
      audit,
      server,
      backup,
      userData,
      passhash,
      completion(() => program),
      explain,
    ],
  };
  return program;
}
