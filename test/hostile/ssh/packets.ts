/** Message numbers of RFC 4250, 4.1.2. */
export const message = {
  disconnect: 1,
  ignore: 2,
  unimplemented: 3,
  debug: 4,
  kexInit: 20,
  newKeys: 21,
  authFailure: 51,
  authBanner: 53,
  infoRequest: 60,
  globalRequest: 80,
  channelOpen: 90,
  channelOpenConfirmation: 91,
  channelWindowAdjust: 93,
  channelData: 94,
  channelRequest: 98,
} as const;

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** A string as SSH writes it: its length, then its bytes (RFC 4251, 5). */
export const text = (value: string | Buffer): Buffer =>
  Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);

/** The payload of a packet: the number of the message and what belongs to it. */
export const payload = (type: number, ...parts: readonly Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([type]), ...parts]);

/** A packet as it is before there are keys (RFC 4253, 6). */
export function plainPacket(content: Buffer): Buffer {
  const short = 8 - ((5 + content.length) % 8);
  const padding = short < 4 ? short + 8 : short;
  return Buffer.concat([uint32(1 + content.length + padding), Buffer.from([padding]), content, Buffer.alloc(padding)]);
}

/** Has everything in it that must not reach a terminal, a log or a page. */
export const controls = '\u001b]52;c;aGk=\u0007\u001b[2J\u0000\r\n\u009b\u202e\ud7ff';

/** Controls of so many bytes. */
export const manyControls = (bytes: number): Buffer => Buffer.alloc(bytes, controls);
