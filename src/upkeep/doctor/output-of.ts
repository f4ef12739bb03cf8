/** What a program of the system prints; undefined when there is no such program, or it fails. */
export async function outputOf(command: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  try {
    const child = Bun.spawn([...command], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore', signal });
    const text = await new Response(child.stdout).text();
    return (await child.exited) === 0 ? text : undefined;
  } catch {
    return undefined;
  }
}
