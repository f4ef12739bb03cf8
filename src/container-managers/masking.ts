import { AppError } from '../lib/errors.ts';

const secretOptions = ['token', 'password'];

/** Replaces a stored secret in answers. */
const mask = '***';

type Options = Readonly<Record<string, unknown>>;

/** The options without their secrets. */
export function masked(options: Options): Record<string, unknown> {
  return mapSecrets(options, () => mask);
}

/**
 * The options with the stored secrets in place of their masks. The server_url must be unchanged: a caller who may not
 * see a secret must not have it sent to a server of their own.
 *
 * @throws AppError `invalid_member` for a mask without a stored secret, or whose secret belongs to another server
 */
export function unmasked(options: Options, kept: Options): Record<string, unknown> {
  return mapSecrets(options, (name, value) => {
    if (value !== mask) return value;
    if (kept[name] === undefined) throw unmaskable(name, `"${mask}" stands for one that is kept, and there is none`);
    if (originOf(options) === originOf(kept)) return kept[name];
    throw unmaskable(name, 'the one that is kept was given for another server_url');
  });
}

function originOf({ apiserver, server_url = apiserver }: Options): string | undefined {
  return typeof server_url === 'string' ? URL.parse(server_url)?.origin : undefined;
}

function unmaskable(name: string, problem: string): AppError {
  return new AppError('invalid_member', `options.${name}: ${problem}`, {
    hint: `give the ${name} itself`,
    details: { member: `/options/${name}` },
  });
}

/** A text from outside, with any secrets in it masked. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, mask), text);
}

function mapSecrets(options: Options, change: (name: string, value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, secretOptions.includes(name) ? change(name, value) : value]),
  );
}
