import { readFileSync } from 'node:fs';
import { base64url } from 'jose';
import { AppError } from '../../lib/errors.ts';
import { isObject } from '../../lib/objects.ts';
import { systemReason } from '../../lib/system-reason.ts';

/**
 * The master key of Custodia's `EncryptedOverlay`: a symmetric JWK (RFC 7517) in a file of its own.
 *
 * @throws AppError `custodia_unreadable`
 */
export function readMasterKey(file: string): Uint8Array {
  const key: unknown = parsed(file, textOf(file));
  if (isObject(key) && key.kty === 'oct' && typeof key.k === 'string' && key.k !== '') return base64url.decode(key.k);
  throw unusable(`${file} holds no symmetric key`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(`cannot read ${file}: ${systemReason(error)}`);
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(`${file} is not JSON`);
  }
}

function unusable(message: string): AppError {
  return new AppError('custodia_unreadable', message, {
    hint: 'give the file that master_key names in the configuration of Custodia, as a user who may read it',
  });
}
