import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientTls } from '../../support/raw-http.ts';

/**
 * Types lines into s_client(1) of openssl over TLS 1.2; a line `R` asks for another handshake in the middle of it. Resolves
 * with all that came, once the connection has ended.
 */
export async function typedIntoTls(
  url: string,
  directory: string,
  tls: ClientTls | undefined,
  lines: readonly string[],
): Promise<string> {
  const { host } = new URL(url);
  const { cert, key } = tls ?? {};
  const shown =
    cert === undefined || key === undefined
      ? []
      : ['-cert', pem(directory, 'cert', cert), '-key', pem(directory, 'key', key)];
  const client = spawn('openssl', ['s_client', '-connect', host, '-tls1_2', '-servername', 'localhost', ...shown]);
  let output = '';
  const read = (chunk: Buffer) => {
    output += chunk.toString('latin1');
  };
  client.stdout.on('data', read);
  client.stderr.on('data', read);
  client.stdin.on('error', () => undefined);
  const ended = once(client, 'close', { signal: AbortSignal.timeout(30_000) });
  await once(client.stdout, 'data');
  for (const line of lines) client.stdin.write(line);
  await ended.finally(() => client.kill('SIGKILL'));
  return output;
}

function pem(directory: string, name: string, content: string): string {
  const path = join(directory, `${name}.pem`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}
