/** What comes to a port of TLS before, or instead of, a handshake. */
export interface TlsCase {
  readonly name: string;
  readonly bytes: Buffer;
  /** Whether the client ends its side behind it: a server may wait for the rest of what began well. */
  readonly isHalfClosed?: boolean;
}

const record = (type: number, version: number, body: Buffer, length = body.length) =>
  Buffer.concat([Buffer.from([type, version >> 8, version & 255, length >> 8, length & 255]), body]);

const handshake = (type: number, body: Buffer, length = body.length) =>
  Buffer.concat([Buffer.from([type, length >> 16, (length >> 8) & 255, length & 255]), body]);

const twoBytes = (value: number) => Buffer.from([value >> 8, value & 255]);
const counted = (body: Buffer) => Buffer.concat([twoBytes(body.length), body]);

/** A ClientHello (RFC 8446, 4.1.2) of a version, with extensions of our own making. */
function hello(
  version: number,
  extensions: Buffer = Buffer.alloc(0),
  suites = Buffer.from('1301c02fc030002f', 'hex'),
): Buffer {
  const body = Buffer.concat([
    twoBytes(version),
    Buffer.alloc(32, 7),
    Buffer.from([0]),
    counted(suites),
    Buffer.from([1, 0]),
  ]);
  return handshake(1, Buffer.concat([body, ...(extensions.length > 0 ? [counted(extensions)] : [])]));
}

const extension = (type: number, body: Buffer) => Buffer.concat([twoBytes(type), counted(body)]);
/** server_name (RFC 6066, 3) with any bytes as the name. */
const serverName = (name: Buffer) => extension(0, counted(Buffer.concat([Buffer.from([0]), counted(name)])));

const tls12 = 0x0303;

export const tlsCases: readonly TlsCase[] = [
  { name: 'plain HTTP', bytes: Buffer.from('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  {
    name: 'the hello of SSL 2',
    bytes: Buffer.from(`802e0100020015000000100100800700c0030080060040020080040080${'00'.repeat(19)}`, 'hex'),
  },
  { name: 'the hello of SSL 3', bytes: record(22, 0x0300, hello(0x0300)) },
  { name: 'the hello of TLS 1.0', bytes: record(22, 0x0301, hello(0x0301)) },
  { name: 'the hello of TLS 1.1', bytes: record(22, 0x0302, hello(0x0302)) },
  { name: 'a version that is none', bytes: record(22, 0xffff, hello(0x7f7f)) },
  { name: 'no cipher suite', bytes: record(22, 0x0301, hello(tls12, undefined, Buffer.alloc(0))) },
  { name: 'suites nobody has', bytes: record(22, 0x0301, hello(tls12, undefined, Buffer.from('ffff', 'hex'))) },
  { name: 'a server name of 60 kB', bytes: record(22, 0x0301, hello(tls12, serverName(Buffer.alloc(15_000, 'a')))) },
  { name: 'a server name with NUL', bytes: record(22, 0x0301, hello(tls12, serverName(Buffer.from('local\0host')))) },
  {
    name: 'a server name that ends too early',
    bytes: record(22, 0x0301, hello(tls12, extension(0, Buffer.from('00ff00', 'hex')))),
  },
  {
    name: 'the same extension twice',
    bytes: record(
      22,
      0x0301,
      hello(tls12, Buffer.concat([serverName(Buffer.from('a')), serverName(Buffer.from('b'))])),
    ),
  },
  { name: 'an alert first', bytes: record(21, 0x0301, Buffer.from([2, 40])) },
  { name: 'data first', bytes: record(23, 0x0303, Buffer.from('GET /livez HTTP/1.1\r\n\r\n')) },
  { name: 'the end of a handshake first', bytes: record(22, tls12, handshake(20, Buffer.alloc(12))) },
  { name: 'a certificate first', bytes: record(22, tls12, handshake(11, Buffer.alloc(300))) },
  { name: 'a record of 64 kB', bytes: record(22, 0x0301, Buffer.alloc(65_535)) },
  { name: 'a handshake of 16 MB', bytes: record(22, 0x0301, handshake(1, Buffer.alloc(16_000), 0xffffff)) },
  { name: 'a record type that is none', bytes: record(99, 0x0301, Buffer.alloc(40)) },
  { name: 'noise', bytes: Buffer.from(Array.from({ length: 2_000 }, (_, index) => (index * 167 + 13) % 256)) },
  { name: 'half a hello', bytes: record(22, 0x0301, hello(tls12)).subarray(0, 30), isHalfClosed: true },
  { name: 'a byte', bytes: Buffer.from([22]), isHalfClosed: true },
];
