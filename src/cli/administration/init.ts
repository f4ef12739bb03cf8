import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

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
  },
  examples: ['commissaire init', 'commissaire init --data-dir ~/commissaire --name jump.example.com --name 192.0.2.1'],
  async handler({ terminal }, { dataDir, name: names }) {
    const { initialise } = await import('../../server/init.ts');
    const made = await initialise({ dataDir, names, environment: terminal.environment });
    const { username, password } = made;
    const commctl = {
      endpoint: 'https://127.0.0.1:8000',
      username,
      password,
      certificate_authority: made.authorityFile,
    };
    const lines = [
      `configuration: ${made.configurationFile}`,
      `data directory: ${made.dataDir}`,
      `username: ${username}`,
      `password: ${password}`,
      `certificate authority: ${made.authorityFile}`,
      `fingerprint: ${made.fingerprint}`,
      '',
      'The password is not shown again. Start the server with:',
      `  ${made.serveCommand}`,
      'and put this into ~/.commissaire.json for commctl:',
      `  ${JSON.stringify(commctl)}`,
      'Elsewhere, give it a copy of the certificate authority, or "fingerprint" instead of "certificate_authority".',
    ];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});
