/**
 * The server validates every record with the schema that these types come from, and a newer server may add members. So
 * only the outer shape is checked: enough to distinguish an answer of the API from that of another service.
 */

/** @throws UnexpectedAnswer */
export async function readObject<T extends object>(response: Response): Promise<T> {
  const value = await readJson(response);
  if (isObject<T>(value)) return value;
  throw new UnexpectedAnswer();
}

/** @throws UnexpectedAnswer */
export async function readList<T>(response: Response): Promise<T[]> {
  const value = await readJson(response);
  if (isList<T>(value)) return value;
  throw new UnexpectedAnswer();
}

/** @throws UnexpectedAnswer */
export async function readBytes(response: Response): Promise<Uint8Array> {
  const type = response.headers.get('content-type')?.split(';')[0];
  if (type === 'application/octet-stream') return new Uint8Array(await response.arrayBuffer());
  throw new UnexpectedAnswer();
}

/** The bytes as they arrive. The deadline of the request is only for their beginning. @throws UnexpectedAnswer */
export async function readByteStream(response: Response): Promise<ReadableStream<Uint8Array>> {
  const type = response.headers.get('content-type')?.split(';')[0];
  if (type === 'application/octet-stream' && response.body !== null) return response.body;
  throw new UnexpectedAnswer();
}

/** The service at the endpoint does not speak this API. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';

  constructor() {
    super('it does not answer as a commissaire server');
  }
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedAnswer();
  }
}

function isObject<T extends object>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList<T>(value: unknown): value is T[] {
  return Array.isArray(value);
}
