import { connect } from '../../client/connect.ts';
import { AppError } from '../../lib/errors.ts';
import type { ServerRuns } from '../../server/stopped-store.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { passphrase } from './master-passphrase.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const rotate = command({
  name: 'rotate',
  summary: 'Seal every secret again with a new master key, whether the server runs or not',
  arguments: {},
  options: {
    dataDir: {
      type: 'text',
      placeholder: 'DIR',
      summary: 'the data directory of the server; that of its configuration if not given',
    },
  },
  examples: ['commissaire secrets rotate', 'commissaire secrets rotate --data-dir /var/lib/commissaire'],
  async handler({ terminal }, { dataDir }) {
    const { rotateMasterKey } = await import('../../server/rotate-master-key.ts');
    const rotation = await rotateMasterKey({ dataDir, environment: terminal.environment });
    const { key, records } = rotation.kind === 'rotated' ? rotation : await askServer(rotation);
    await terminal.stdout.write(`${records} secrets are sealed with the new master key ${key}\n`);
    return exitCode.done;
  },
});

export const secrets = group('secrets', 'How secrets are sealed in the store', [rotate, passphrase]);

/** A rotation may take longer than other requests. */
const patienceMs = 10 * 60_000;

async function askServer({ socket, reason }: ServerRuns): Promise<{ key: string; records: number }> {
  if (socket !== undefined) {
    return connect({ endpoints: [`unix:${socket}`], requestTimeout: patienceMs }).secrets.rotateKey();
  }
  throw new AppError(reason.code, `${reason.message}, and it listens on no Unix socket`, {
    hint: 'send it POST /api/v0/secret-keys/rotate, or stop it first',
  });
}
