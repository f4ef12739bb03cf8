import { mkdirSync, writeFileSync } from 'node:fs';
import type { FuzzedRequest } from './requests.ts';

/** The request as it goes over the wire. */
export function bytesOf({ method, target, caller, headers, framing, body }: FuzzedRequest): Buffer {
  const isChunked = framing === 'chunks' && body.length > 0;
  const length = isChunked ? ['Transfer-Encoding: chunked'] : [`Content-Length: ${body.length}`];
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...caller.headers, ...headers, ...length];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, isChunked ? inChunks(body) : body]);
}

function inChunks(body: Buffer): Buffer {
  const size = 60_000;
  const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, index) => {
    const chunk = body.subarray(index * size, (index + 1) * size);
    return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  });
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/**
 * Says what was sent so that it can be sent again, and leaves the bytes in a file: `nc HOST PORT < FILE`.
 */
export function describeRequest(request: FuzzedRequest, directory: string): string {
  const { index, method, target, caller, headers, trick } = request;
  const file = `${directory}/request-${index}`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, bytesOf(request));
  const told = headers.map((header) => header.slice(0, 100)).join(', ');
  return `request ${index}: ${method} ${target.slice(0, 300)} of ${caller.name} (${trick.slice(0, 200)}) [${told}], as sent in ${file}`;
}
