import { basename } from 'node:path';
import { endUnhandled } from './cli/unhandled.ts';
import { onUnhandled } from './lib/unhandled.ts';

const name = basename(process.argv0);
const end = (error: unknown) => endUnhandled(error, name);
onUnhandled(end);
process.exitCode = await personality(name, process.argv.slice(2)).catch(end);

/** Each is imported only when it is wanted: the client must not wait for the server's modules. */
async function personality(name: string, args: readonly string[]): Promise<number> {
  if (name === 'commctl') return (await import('./cli/commctl.ts')).commctl(args);
  if (name === 'commissaire-server') return (await import('./cli/commissaire.ts')).commissaireServer(args);
  if (args[0] === 'ctl') return (await import('./cli/commctl.ts')).commctl(args.slice(1), 'commissaire ctl');
  return (await import('./cli/commissaire.ts')).commissaire(args);
}
