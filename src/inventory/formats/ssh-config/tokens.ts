/** The values of tokens (TOKENS in ssh_config(5)) by their letter; undefined for one that cannot be told. */
export type Tokens = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `%x`, and `${NAME}` when there is an environment. What replaces them is not expanded again.
 *
 * @throws Error for a token without a value, or a variable that is not set
 */
export function expanded(text: string, tokens: Tokens, environment?: Tokens): string {
  return text.replace(/%(.?)|\$\{([^}]*)(\}?)/gs, (all, letter?: string, name?: string, end?: string) => {
    if (name === undefined) return letter === '%' ? '%' : (tokens[letter ?? ''] ?? refuse(all, text));
    if (environment === undefined) return all;
    return (end === '}' ? environment[name] : undefined) ?? refuse(all, text);
  });
}

function refuse(part: string, text: string): never {
  const reason = part.startsWith('%') ? 'cannot be expanded here' : 'is not set';
  throw new Error(`${part} in "${text}" ${reason}`);
}

/** Replaces `~` at the beginning. @throws Error for the home directory of another user */
export function fromHome(path: string, home: string): string {
  if (!path.startsWith('~')) return path;
  if (path === '~' || path.startsWith('~/')) return home + path.slice(1);
  throw new Error(`${path} is in the home directory of another user: write its path out`);
}
