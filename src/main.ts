import { basename } from 'node:path';

process.exitCode = await personality(basename(process.argv0), process.argv.slice(2));

/** Each is imported only when it is wanted: the client must not wait for the server's modules. */
async function personality(name: string, args: readonly string[]): Promise<number> {
  if (name === 'commctl') return (await import('./cli/commctl.ts')).commctl(args);
  if (name === 'commissaire-server') return (await import('./cli/commissaire.ts')).commissaireServer(args);
  if (args[0] === 'ctl') return (await import('./cli/commctl.ts')).commctl(args.slice(1), 'commissaire ctl');
  return (await import('./cli/commissaire.ts')).commissaire(args);
}
