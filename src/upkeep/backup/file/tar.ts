/**
 * The entries of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"), as `tar -x` reads them. The head of an entry
 * follows from its name, size and mode: a reader that knows these compares the bytes and parses nothing.
 */

const blockBytes = 512;
/** The two empty blocks at the end of an archive. */
export const archiveEnd: Uint8Array = new Uint8Array(2 * blockBytes);
const mostInName = 100;
/** The largest size that eleven octal digits can say. */
const mostInSize = 8 ** 11 - 1;

export interface Entry {
  /** A relative path. */
  readonly name: string;
  readonly size: number;
  /** The permission bits. */
  readonly mode: number;
}

/** Everything before the content of an entry. @param seconds since the epoch, for all entries of an archive */
export function entryHead({ name, size, mode }: Entry, seconds: number): Buffer {
  const long = [
    ...(Buffer.byteLength(name) > mostInName ? [record('path', name)] : []),
    ...(size > mostInSize ? [record('size', String(size))] : []),
  ].join('');
  const head = header({ name, size: Math.min(size, mostInSize), mode, seconds, type: '0' });
  if (long === '') return head;
  const bytes = Buffer.from(long);
  const extended = header({ name: 'pax', size: bytes.length, mode: 0o600, seconds, type: 'x' });
  return Buffer.concat([extended, bytes, Buffer.alloc(paddingOf(bytes.length)), head]);
}

/** How many zero bytes follow a content of this size. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function header({ name, size, mode, seconds, type }: Entry & { seconds: number; type: '0' | 'x' }): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(shortName(name), 0);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(seconds, 12), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\0' + '00', 257);
  block.write('root', 265);
  block.write('root', 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A name that is too long is cut here; the extended header has it whole. */
function shortName(name: string): string {
  return Buffer.from(name)
    .subarray(0, mostInName)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '_');
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** A record of an extended header begins with its own length. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length += 1;
  return `${length} ${key}=${value}\n`;
}
