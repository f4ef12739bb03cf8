import { existsSync } from 'node:fs';
import { AppError } from '../../../lib/errors.ts';
import type { Installation } from '../../../original/installation.ts';
import { checkConfigurationFile } from '../../../server/check-configuration.ts';
import { writeNewFile } from '../../../server/private-file.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';

/** The daemon of the original whose configuration is ours too: those of the others are not needed here. */
const daemon = 'commissaire';

/**
 * Writes the configuration of the original's server to a new file that only this user can read, and says on stderr what
 * our server would say about it.
 *
 * @throws UsageError when there is no such configuration, or the file exists
 */
export async function writeConfiguration(
  file: string,
  { configurations }: Installation,
  { stderr }: Terminal,
): Promise<void> {
  const text = configurations.get(daemon);
  if (text === undefined) {
    throw new UsageError(`there is no configuration at /commissaire/config/${daemon} in etcd`, {
      hint: 'leave --write-config out: our server reads /etc/commissaire/commissaire.conf of the original as it is',
    });
  }
  if (existsSync(file)) throw new UsageError(`${file} exists already`, { hint: 'name a new file' });
  writeNewFile(file, laidOut(text));
  const { faults, notes } = await checkConfigurationFile(file);
  const lines = [...faults, ...notes.map((note) => `note: ${note}`)];
  await stderr.write(lines.map((line) => `${line}\n`).join(''));
}

function laidOut(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch {
    throw new AppError('invalid_configuration', `the configuration at /commissaire/config/${daemon} is not JSON`, {
      hint: 'leave --write-config out',
    });
  }
}
