import { connect } from '../../client/connect.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';
import { dataDir } from './place-options.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const rotate = command({
  name: 'rotate',
  summary: 'Make a new key that signs tokens; older keys are valid until the last of their tokens expires',
  arguments: {},
  options: {
    dataDir,
  },
  examples: ['commissaire keys rotate', 'commissaire keys rotate --data-dir /var/lib/commissaire'],
  async handler({ terminal }, { dataDir }) {
    const { rotateStoredKeys } = await import('../../server/rotate-keys.ts');
    const outcome = await rotateStoredKeys({ dataDir, environment: terminal.environment });
    if (outcome.kind === 'running' && outcome.socket === undefined) throw outcome.reason;
    const { key, retired } =
      outcome.kind === 'rotated'
        ? outcome.rotation
        : await connect({ endpoints: [`unix:${outcome.socket}`] }).tokens.rotateKeys();
    const lines = [`tokens are signed with the key ${key}`, ...retired.map((id) => `still good: those of ${id}`)];
    await terminal.stdout.write(`${lines.join('\n')}\n`);
    return exitCode.done;
  },
});

export const keys = group('keys', 'The keys that sign tokens', [rotate]);
