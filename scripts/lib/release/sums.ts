import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `SHA256SUMS` over all files of a directory, sorted by name, as `sha256sum -c` reads it. */
export async function writeSums(directory: string): Promise<void> {
  const names = readdirSync(directory)
    .filter((name) => !name.startsWith('SHA256SUMS'))
    .sort();
  const lines = await Promise.all(names.map(async (name) => sumLine(await sha256(join(directory, name)), name)));
  writeFileSync(join(directory, 'SHA256SUMS'), lines.join(''));
}

/** Writes `FILE.sha256` beside a file. */
export async function writeSumBeside(directory: string, name: string): Promise<void> {
  writeFileSync(join(directory, `${name}.sha256`), sumLine(await sha256(join(directory, name)), name));
}

/** In hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

function sumLine(digest: string, name: string): string {
  return `${digest}  ${name}\n`;
}
