import { type Static, Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { records, sealedRecords } from '../store/contract.ts';

const value = t.String({
  maxLength: 64 * 1024,
  description: 'The secret: at most 64 KiB',
  form: 'a text of at most 64 KiB',
});

/** A key of the secrets API, in the words of Custodia. */
export const SecretValue = t.Union(
  [
    t.Object({ type: t.Literal('simple'), value }, { description: 'Any text' }),
    t.Object(
      { type: t.Literal('jwe'), value },
      { description: 'A compact JWE (RFC 7516) that only its reader can open' },
    ),
  ],
  {
    description: 'a type, simple or jwe, with a value of at most 64 KiB, or 48 KiB when sent as bytes',
    form: 'an object with the type simple or jwe, and a value: a text of at most 64 KiB, or 48 KiB when sent as bytes',
  },
);
export type SecretValue = Static<typeof SecretValue>;

export interface StoredSecret {
  readonly value: SecretValue;
  /** Whether the secret was sent as bytes: the value is then their base64. */
  readonly isBytes: boolean;
}

/** By path. */
export const secretRecords = sealedRecords<StoredSecret>('custodia');
/** By path: the number of keys and containers in each container. */
export const containerRecords = records<{ members: number }>('custodia_containers');

const part = /^[A-Za-z0-9._@:+=~-]{1,255}$/;
const longest = 512;

/**
 * The parts of a path such as `web/db/password`.
 *
 * @throws AppError `invalid_name`
 */
export function checkedSecretPath(text: string): string {
  const isPath = text.split('/').every((name) => part.test(name) && name !== '.' && name !== '..');
  if (isPath && text.length <= longest) return text;
  throw new AppError('invalid_name', `"${text.slice(0, 80)}" is not the path of a secret`, {
    hint: `use names of letters, digits and ._@:+=~- with single slashes between them, at most ${longest} characters in all`,
  });
}
