/** How a command is run. */
export interface RanOptions {
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws Error with the output when it fails, and one that names the Debian package when it is not installed
 */
export async function ran(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: RanOptions = {},
): Promise<string> {
  if (Bun.which(program) === null) throw new Error(`${program} is not installed; on Debian: ${installing(program)}`);
  const child = Bun.spawn([program, ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code === 0) return output;
  throw new Error(`${[program, ...args].join(' ')} ended with exit code ${code}:\n${errors}${output}`);
}

/** Where the name of the package is not that of the program. */
const packages: Readonly<Record<string, string>> = {
  'dpkg-deb': 'dpkg',
  rpmbuild: 'rpm',
  rpm: 'rpm',
  xz: 'xz-utils',
};

function installing(program: string): string {
  return `apt-get install --no-install-recommends ${packages[program] ?? program}`;
}
