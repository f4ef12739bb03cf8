/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly text: string;
  readonly at: Date;
}

const blockBytes = 512;

/** An archive as POSIX.1-1988 has it (ustar), which every tar reads. Names have at most 100 bytes. */
export function tarOf(files: readonly TarFile[]): Uint8Array {
  const end = Buffer.alloc(2 * blockBytes);
  return Buffer.concat([...files.flatMap(entryOf), end]);
}

function entryOf({ name, text, at }: TarFile): Uint8Array[] {
  const content = Buffer.from(text);
  const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
  return [headerOf(name, content.length, at), content, padding];
}

function headerOf(name: string, size: number, at: Date): Uint8Array {
  const header = Buffer.alloc(blockBytes);
  const put = (text: string, offset: number) => header.write(text, offset, 'latin1');
  put(name, 0);
  put('0000600\0', 100);
  put('0000000\0', 108);
  put('0000000\0', 116);
  put(`${size.toString(8).padStart(11, '0')}\0`, 124);
  put(
    `${Math.floor(at.getTime() / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  );
  // The sum counts its own field as blanks.
  put('        ', 148);
  put('0', 156);
  put('ustar\0', 257);
  put('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
