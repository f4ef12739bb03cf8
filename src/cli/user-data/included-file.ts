import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { bytesWithoutByteOrderMark } from '../../lib/byte-order-mark.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { UsageError } from '../usage-error.ts';
import { contentTypeOf, knownBeginnings } from './beginnings.ts';
import { checkCloudConfig } from './cloud-config.ts';
import { isMimeMessage, nestedMessage } from './mime-message.ts';
import type { Part } from './multipart.ts';

/** Bytes of a compressed file that are read: far more than a cloud takes. */
const mostBytes = 16 * 1024 * 1024;

/**
 * The file of the user as a part of the user-data. Its content decides about the content type, as when cloud-init reads
 * the file alone.
 *
 * @throws UsageError when the file cannot be read, or cloud-init could not read it
 */
export async function includedFile(path: string): Promise<{ part: Part; warnings: string[] }> {
  const content = await contentOf(path);
  const fileName = basename(path);
  if (content[0] !== 0x1f || content[1] !== 0x8b) return included(content, fileName);
  const { part, warnings } = included(unzipped(content, fileName), fileName);
  // cloud-init does not look for a message in a compressed part.
  if ('message' in part) return { part, warnings };
  return { part: { type: 'application/gzip', fileName, content }, warnings };
}

function included(bytes: Uint8Array, fileName: string): { part: Part; warnings: string[] } {
  // A script may have any bytes after its first line.
  const text = new TextDecoder().decode(bytes);
  const type = contentTypeOf(text);
  if (type === undefined && isMimeMessage(text)) {
    return { part: { message: nestedMessage(utf8(bytes, fileName), fileName) }, warnings: [] };
  }
  if (type === undefined) {
    throw new UsageError(`cannot include ${fileName}: its first line says nothing that cloud-init knows`, {
      hint: `begin it with one of: ${knownBeginnings}; or give a MIME message`,
    });
  }
  // cloud-init, and the kernel, look at the first byte.
  const part = { type, fileName, content: bytesWithoutByteOrderMark(bytes) };
  if (type === 'text/jinja2') checkTemplate(text, fileName);
  if (type === 'text/cloud-config') {
    return { part, warnings: checkCloudConfig(utf8(bytes, fileName), fileName, 'mapping') };
  }
  if (type === 'text/cloud-config-archive') {
    return { part, warnings: checkCloudConfig(utf8(bytes, fileName), fileName, 'list') };
  }
  return { part, warnings: [] };
}

/** The line after the one about the template says what cloud-init makes of the result. */
function checkTemplate(text: string, fileName: string): void {
  const type = contentTypeOf(text.trimStart().replace(/^.*(\n|$)/, ''));
  if (type === 'text/cloud-config' || type === 'text/x-shellscript') return;
  throw new UsageError(
    `cannot include ${fileName}: line 2: cloud-init takes a template of a cloud-config or a script`,
    {
      hint: 'write `#cloud-config` or `#!` and a program into the line after `## template: jinja`',
    },
  );
}

function utf8(bytes: Uint8Array, fileName: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UsageError(`cannot include ${fileName}: it is not UTF-8`, { hint: 'save it as UTF-8', cause });
  }
}

function unzipped(content: Uint8Array, fileName: string): Uint8Array {
  try {
    return gunzipSync(content, { maxOutputLength: mostBytes });
  } catch (cause) {
    throw new UsageError(`cannot include ${fileName}: it begins as a gzip file, but cannot be decompressed`, {
      hint: `see \`gzip -t ${fileName}\``,
      cause,
    });
  }
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}`, { cause: error });
  }
}
