/** Bytes that no client in use sends, and what comes of them. */
export interface HttpCase {
  readonly name: string;
  /** Made from the lines every request needs that is to be let through, and a name for what it tries to store. */
  readonly parts: (head: string, network: string) => readonly (string | Buffer)[];
  /** The status of each answer, in order; none when the connection is closed without one. */
  readonly statuses: readonly number[];
  /** Whether the server ends the connection, or takes another request over it; not looked at when left out. */
  readonly isClosed?: boolean;
  readonly isHalfClosed?: boolean;
  /** Whether the network is there afterwards. */
  readonly isStored?: true;
}

/** A PUT of a network, with lines of the head on top and a body in any framing. */
const put = (name: string, head: string, lines: string, body = '{}') =>
  `PUT /api/v0/network/${name} HTTP/1.1\r\n${head}${lines}\r\n${body}`;
const get = (lines: string, target = '/livez', version = 'HTTP/1.1') => `GET ${target} ${version}\r\n${lines}\r\n`;
const host = 'Host: localhost\r\n';
const chunked = 'Transfer-Encoding: chunked\r\n';

const refused = (name: string, parts: HttpCase['parts'], status = 400): HttpCase => ({
  name,
  parts,
  statuses: [status],
  isClosed: true,
});
const refusedPut = (name: string, lines: string, body?: string): HttpCase =>
  refused(name, (head, network) => [put(network, head, lines, body)]);
const answered = (name: string, parts: HttpCase['parts'], statuses: readonly number[] = [200]): HttpCase => ({
  name,
  parts,
  statuses,
  isClosed: false,
});

/** Two lengths of one body: whoever reads the other one than we do takes its end for the next request (RFC 9112, 11.2). */
const framing: readonly HttpCase[] = [
  refusedPut('a length and chunks', `Content-Length: 2\r\n${chunked}`, '2\r\n{}\r\n0\r\n\r\n'),
  refusedPut('chunks and a length', `${chunked}Content-Length: 2\r\n`, '2\r\n{}\r\n0\r\n\r\n'),
  refusedPut('two transfer codings', `${chunked}Transfer-Encoding: identity\r\n`, '2\r\n{}\r\n0\r\n\r\n'),
  refusedPut('an unknown transfer coding', 'Transfer-Encoding: xchunked\r\n', '2\r\n{}\r\n0\r\n\r\n'),
  refusedPut('two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n'),
  refusedPut('a list of lengths', 'Content-Length: 2, 2\r\n'),
  refusedPut('a negative length', 'Content-Length: -2\r\n'),
  refusedPut('a length with a sign', 'Content-Length: +2\r\n'),
  refusedPut('a length in hexadecimal', 'Content-Length: 0x2\r\n'),
  refusedPut('a length of 20 digits', 'Content-Length: 99999999999999999999\r\n'),
  refusedPut('a chunk without a size', chunked, 'zz\r\n{}\r\n0\r\n\r\n'),
  refusedPut('a chunk of 17 digits', chunked, 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'),
  refusedPut('a chunk of negative size', chunked, '-2\r\n{}\r\n0\r\n\r\n'),
  refusedPut('chunks that end in bare line feeds', chunked, '2\n{}\n0\n\n'),
  // The parser meets them when it has already handed the request on. See docs/api.md.
  { ...refusedPut('fields behind the last chunk', chunked, '2\r\n{}\r\n0\r\nX-A: b\r\n\r\n'), isStored: true },
  refused('a length of a gigabyte', (head, network) => [put(network, head, 'Content-Length: 1000000000\r\n')], 413),
  {
    ...answered(
      'extensions of a chunk',
      (head, network) => [put(network, head, chunked, '2;a=b\r\n{}\r\n0\r\n\r\n')],
      [201],
    ),
    isStored: true,
  },
];

const heads: readonly HttpCase[] = [
  refused('bare line feeds', () => ['GET /livez HTTP/1.1\nHost: localhost\n\n'], 505),
  refused('a bare carriage return', () => [get('Host: localhost\rA: b\r\n')]),
  refused('a folded line', () => [get(`${host}A: b\r\n c\r\n`)]),
  refused('a line without a colon', () => [get(`${host}nocolon\r\n`)]),
  refused('white space before the colon', () => [get('Host : localhost\r\n')]),
  refused('a line without a name', () => [get(`${host}: x\r\n`)]),
  refused('NUL in a value', () => [get(`${host}A: b\0c\r\n`)]),
  refused('no Host', () => [get('')]),
  refused('100 kB of one line', () => [get(`${host}A: ${'a'.repeat(100_000)}\r\n`)], 431),
  refused(
    'a thousand lines',
    () => [get(host + Array.from({ length: 1_000 }, (_, i) => `a${i}: b\r\n`).join(''))],
    431,
  ),
  refused('100 kB of query', () => [get(host, `/livez?${'a'.repeat(100_000)}`)], 431),
  refused('a method that is no token', () => [`G@T /livez HTTP/1.1\r\n${host}\r\n`]),
  refused('an authority instead of a path', () => [get(host, 'elsewhere.example:80')]),
  refused('a star', () => [`OPTIONS * HTTP/1.1\r\n${host}\r\n`]),
  refused('HTTP/0.9', () => ['GET /livez\r\n'], 505),
  refused('HTTP/1.2', () => [get(host, '/livez', 'HTTP/1.2')], 505),
  refused('HTTP/2.0', () => [get(host, '/livez', 'HTTP/2.0')], 505),
  refused('the preface of HTTP/2', () => ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']),
  refused('empty lines', () => ['\r\n\r\n\r\n']),
  refused('noise', () => [Buffer.from([0, 1, 2, 3, 255, 254, 13, 10, 13, 10])]),
  refused('the hello of TLS', () => [Buffer.concat([Buffer.from('16030100a5010000a10303', 'hex'), Buffer.alloc(160)])]),
  { name: 'a method nobody knows', parts: () => [`BREW /livez HTTP/1.1\r\n${host}\r\n`], statuses: [], isClosed: true },
  { name: 'HTTP/1.0', parts: () => [get('', '/livez', 'HTTP/1.0')], statuses: [200], isClosed: true },
  answered('a path with another authority', () => [get(host, 'http://elsewhere.example/livez')]),
  answered('a head that comes byte by byte', () => [...get(`${host}A: b\r\n`)]),
  answered('an upgrade to HTTP/2', () => [
    get(`${host}Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n`),
  ]),
  answered(
    'an upgrade without a key',
    (head) => [get(`${head}Connection: Upgrade\r\nUpgrade: websocket\r\n`, '/api/v0/events')],
    [400],
  ),
  { name: 'a tunnel', parts: () => ['CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n'], statuses: [401] },
  answered('TRACE', () => [`TRACE /livez HTTP/1.1\r\n${host}\r\n`], [401]),
];

const order: readonly HttpCase[] = [
  answered('two GETs at once', () => [get(host) + get(host, '/version')], [200, 200]),
  // Bun ends a connection on which a request comes while the answer to another is being made. See docs/api.md.
  {
    name: 'two PUTs at once',
    parts: (head, network) => [
      put(network, head, 'Content-Length: 2\r\n') + put('never', head, 'Content-Length: 2\r\n'),
    ],
    statuses: [],
    isClosed: true,
    isStored: true,
  },
  {
    ...answered(
      'a body that is asked for first',
      (head, network) => [put(network, head, 'Expect: 100-continue\r\nContent-Length: 2\r\n', ''), '{}'],
      [100, 201],
    ),
    isStored: true,
  },
  {
    name: 'a client that ends its side',
    parts: () => [get(host)],
    statuses: [200],
    isClosed: true,
    isHalfClosed: true,
  },
  {
    name: 'a client that ends its side in the middle of a body',
    parts: (head, network) => [put(network, head, 'Content-Length: 100\r\n')],
    statuses: [],
    isClosed: true,
    isHalfClosed: true,
  },
];

export const httpCases: readonly HttpCase[] = [...framing, ...heads, ...order];
