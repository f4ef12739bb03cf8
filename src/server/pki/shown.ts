import { readFileSync } from 'node:fs';
import type { Environment } from '../../config/environment.ts';
import { Faults } from '../../config/faults.ts';
import { gatherSettings } from '../../config/gather.ts';
import { readPath } from '../../config/values.ts';
import { AppError, describeError } from '../../lib/errors.ts';

/**
 * The file with the certificate that the server shows, and its text.
 *
 * @throws AppError `invalid_configuration`
 */
export function shownCertificate(place: { dataDir: string | undefined; environment: Environment }) {
  const { dataDir, environment } = place;
  const request = { flags: dataDir === undefined ? {} : { 'data-dir': dataDir }, environment };
  const given = gatherSettings(request, new Faults()).settings.find('tls-pemfile');
  if (given === undefined) {
    throw new AppError('invalid_configuration', 'the configuration of the server names no certificate', {
      hint: 'name the data directory of the server with --data-dir',
    });
  }
  const file = readPath(given);
  return { file, pem: read(file) };
}

function read(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0] ?? text;
  } catch (cause) {
    throw new AppError('invalid_configuration', `cannot read ${file}: ${describeError(cause)}`, {
      hint: 'run this as root, or as the user of the server',
      cause,
    });
  }
}
