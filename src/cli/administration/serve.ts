import type { Command } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { givenFlags, serverFlagOptions } from './server-flags.ts';

export const serve: Command<unknown> = {
  kind: 'command',
  name: 'serve',
  summary: 'Run the REST server until the process receives SIGTERM or SIGINT',
  arguments: {},
  options: serverFlagOptions,
  examples: [
    'commissaire serve',
    'commissaire serve --listen-interface 0.0.0.0 --tls-pemfile /etc/commissaire/server.pem',
  ],
  async run(_context, values) {
    const { runServer } = await import('../../server/serve.ts');
    await runServer(givenFlags(values));
    return exitCode.done;
  },
};
