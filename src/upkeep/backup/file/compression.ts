import { pipeline, Readable, type Transform } from 'node:stream';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { damaged } from './damaged.ts';

// Since Node 22.15; Bun has them too, but not in its types yet.
declare module 'node:zlib' {
  function createZstdCompress(options: { params: Record<number, number> }): Transform;
  function createZstdDecompress(options: { params: Record<number, number> }): Transform;
}

/** `ZSTD_c_checksumFlag` and `ZSTD_d_windowLogMax` of zstd.h. */
const parameters = { checksumFlag: 201, windowLogMax: 100 } as const;
/** The most memory that a frame may ask of its reader: 8 MiB, what the default level never exceeds. */
const mostWindow = 23;

/** Compresses a stream by zstd, in a thread of its own. */
export function compressed(plain: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(plain, createZstdCompress({ params: { [parameters.checksumFlag]: 1 } }));
}

/** The contrary. @throws AppError `backup_damaged`, and what the stream throws */
export async function* decompressed(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let failure: { error: unknown } | undefined;
  const watched = (async function* () {
    try {
      yield* content;
    } catch (error) {
      failure = { error };
      throw error;
    }
  })();
  try {
    yield* through(watched, createZstdDecompress({ params: { [parameters.windowLogMax]: mostWindow } }));
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    throw damaged('its content cannot be decompressed', error);
  }
}

/** The error of the source, or of the transformation, reaches the reader. A reader that stops ends the source. */
function through(source: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> {
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {});
  return transform;
}
