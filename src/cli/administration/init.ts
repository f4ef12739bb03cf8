import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { ClientConfiguration, usualFile } from './client-configuration.ts';

const { command } = commandsWith<{ terminal: Terminal }>();

export const init = command({
  name: 'init',
  summary: 'Create a first configuration, with TLS, and an administrator whose password is shown once',
  arguments: {},
  options: {
    dataDir: {
      type: 'text',
      placeholder: 'DIR',
      summary: 'directory of the store, created if missing ($COMMISSAIRE_DATA_DIR)',
    },
    name: {
      type: 'list',
      placeholder: 'NAME',
      summary: 'DNS name or address at which clients reach the server, besides those of this machine; repeatable',
    },
    listenPort: {
      type: 'integer',
      minimum: 1,
      maximum: 65_535,
      default: 8000,
      placeholder: 'PORT',
      summary: 'port of the server, on 127.0.0.1',
    },
    writeClientConfig: {
      type: 'text',
      placeholder: 'FILE',
      valueIfBare: usualFile,
      summary: 'also write the configuration of commctl, without the password, into FILE',
    },
    force: { type: 'flag', summary: 'replace the site in the configuration of commctl, if it is another one' },
  },
  examples: [
    'commissaire init',
    'commissaire init --data-dir ~/commissaire --name jump.example.com --name 192.0.2.1',
    'commissaire init --data-dir ./site --listen-port 8443 --write-client-config',
  ],
  async handler({ terminal }, { dataDir, name: names, listenPort, writeClientConfig, force }) {
    if (force && writeClientConfig === undefined) throw new UsageError('--force needs --write-client-config');
    const { initialise, plannedFiles } = await import('../../server/init.ts');
    const endpoint = `https://127.0.0.1:${listenPort}`;
    const options = { dataDir, names, listenPort, environment: terminal.environment };
    const client =
      writeClientConfig === undefined ? undefined : new ClientConfiguration(writeClientConfig, { terminal, force });
    // Before anything is made: a second run of `init` is refused.
    await client?.check({ endpoint, ...plannedFiles(options) });
    const made = await initialise(options);
    const { username, password, authorityFile: certificate_authority } = made;
    const site = { endpoint, username, certificate_authority };
    // The password must be shown, whatever becomes of that file.
    const failure = await client?.write(site).catch((error: unknown) => error);
    const written = failure === undefined ? client : undefined;
    const lines = [
      `configuration: ${made.configurationFile}`,
      `data directory: ${made.dataDir}`,
      `username: ${username}`,
      `password: ${password}`,
      `certificate authority: ${certificate_authority}`,
      `fingerprint: ${made.fingerprint}`,
      ...(written === undefined ? [] : [`configuration of commctl: ${written.path}`]),
      '',
      'The password is not shown again. Start the server with:',
      `  ${made.serveCommand}`,
      ...(client === undefined
        ? withoutClient({ ...site, password })
        : ['and log in with:', `  ${client.loginCommand}`]),
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    if (failure !== undefined) throw failure;
    return exitCode.done;
  },
});

interface Site {
  endpoint: string;
  username: string;
  password: string;
  certificate_authority: string;
}

function withoutClient(site: Site): string[] {
  const { endpoint, username, certificate_authority } = site;
  return [
    'and log in with:',
    `  commctl login ${endpoint} --ca ${certificate_authority} --username ${username}`,
    'or, for a script, put this into ~/.commissaire.json for commctl:',
    `  ${JSON.stringify(site)}`,
    'Elsewhere, give it a copy of the certificate authority, or the fingerprint with --fingerprint.',
  ];
}
