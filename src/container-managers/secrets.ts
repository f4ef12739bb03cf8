import { AppError } from '../lib/errors.ts';

const secretOptions = ['token', 'password'];

/** Stands for a secret that is kept. */
const mask = '***';

type Options = Readonly<Record<string, unknown>>;

/** The options as anybody may see them. */
export function masked(options: Options): Record<string, unknown> {
  return mapSecrets(options, () => mask);
}

/**
 * The options with the secrets that are kept in the place of their masks.
 *
 * @throws AppError `invalid_member` for the mask of a secret that is not there
 */
export function unmasked(options: Options, kept: Options): Record<string, unknown> {
  return mapSecrets(options, (name, value) => {
    if (value !== mask) return value;
    if (kept[name] !== undefined) return kept[name];
    throw new AppError('invalid_member', `/options/${name}: "${mask}" stands for one that is kept, and there is none`, {
      hint: `give the ${name} itself`,
      details: { member: `/options/${name}` },
    });
  });
}

/** A text of others without what must not be seen, should they repeat it. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, mask), text);
}

function mapSecrets(options: Options, change: (name: string, value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, secretOptions.includes(name) ? change(name, value) : value]),
  );
}
