import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { withoutByteOrderMark } from './byte-order-mark.ts';
import { systemErrorCode } from './errors.ts';

const maxFileBytes = 1024 * 1024;

/** @throws Error naming the file that cannot be used, and why; never what is in it */
export function certificateIn(path: string): Promise<string> {
  return pemIn(path, 'certificate', isCertificate);
}

/** @throws Error naming the file that cannot be used, and why; never what is in it */
export function privateKeyIn(path: string): Promise<string> {
  return pemIn(path, 'private key', isPrivateKey);
}

/** Whether the text is a certificate as PEM, or begins with one. */
export function isCertificate(text: string): boolean {
  return succeeds(() => new X509Certificate(text));
}

async function pemIn(path: string, what: string, isOne: (text: string) => boolean): Promise<string> {
  const text = await textOf(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${systemErrorCode(error) ?? 'it is no file of a usual size'}`);
  });
  if (isOne(text)) return text;
  throw new Error(`${path} does not hold a ${what} as PEM`);
}

/** Only regular files: a device or a pipe might never end. */
async function textOf(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > maxFileBytes) throw new Error('not a file of a usual size');
  return withoutByteOrderMark(await readFile(path, 'utf8'));
}

function isPrivateKey(text: string): boolean {
  return succeeds(() => createPrivateKey(text));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
