/** What came back for one request. */
export interface RawAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The beginning of the body. */
  readonly text: string;
  /** Whether the connection is good for another request. */
  readonly isKept: boolean;
}

/** More of a body than this is counted and forgotten. */
const keptBytes = 64 * 1024;

/** Reads one answer of HTTP/1.1 from what comes over a connection (RFC 9112, 6.3). */
export class AnswerReader {
  readonly #isHead: boolean;
  #buffer: Buffer = Buffer.alloc(0);
  #head: Pick<RawAnswer, 'status' | 'headers'> | undefined;
  #kept: Buffer[] = [];
  #keptSize = 0;
  /** Bytes of the body, or of the chunk under way, that are still to come; undefined before the size of a chunk. */
  #left: number | undefined;
  #isChunked = false;

  constructor(method: string) {
    this.#isHead = method === 'HEAD';
  }

  /** Whether anything came at all. */
  get hasBegun(): boolean {
    return this.#head !== undefined || this.#buffer.length > 0;
  }

  /** The answer once it is complete. @throws Error when this is not HTTP */
  read(bytes: Buffer): RawAnswer | undefined {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    if (this.#head === undefined && !this.#readHead()) return undefined;
    return this.#readBody() ? this.#answer(true) : undefined;
  }

  /** The answer when the connection ended: complete only when its end is that of the body. */
  ended(): RawAnswer | undefined {
    return this.#head === undefined || this.#isChunked || this.#left !== Number.POSITIVE_INFINITY
      ? undefined
      : this.#answer(false);
  }

  #readHead(): boolean {
    const end = this.#buffer.indexOf('\r\n\r\n');
    if (end === -1) return false;
    const [statusLine = '', ...lines] = this.#buffer.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) throw new Error(`not an answer of HTTP: ${JSON.stringify(statusLine.slice(0, 200))}`);
    this.#buffer = this.#buffer.subarray(end + 4);
    if (status === 100) return this.#readHead();
    const headers = new Map(lines.map((line) => [nameOf(line), line.slice(line.indexOf(':') + 1).trim()]));
    this.#head = { status, headers };
    this.#isChunked = headers.get('transfer-encoding') === 'chunked';
    this.#left = this.#lengthOf(status, headers);
    return true;
  }

  #lengthOf(status: number, headers: RawAnswer['headers']): number | undefined {
    // A stream goes on for as long as somebody reads it: how it begins is what counts.
    const isEndless = headers.get('content-type')?.startsWith('text/event-stream') === true;
    if (this.#isHead || status === 204 || status === 304 || status === 101 || isEndless) {
      this.#isChunked = false;
      return 0;
    }
    if (this.#isChunked) return undefined;
    const length = headers.get('content-length');
    if (length !== undefined) return Number(length);
    // The parser's own refusals have neither length nor body.
    return headers.get('connection') === 'close' ? Number.POSITIVE_INFINITY : 0;
  }

  #readBody(): boolean {
    while (this.#isChunked) {
      if (this.#left === undefined) {
        const end = this.#buffer.indexOf('\r\n');
        if (end === -1) return false;
        this.#left = Number.parseInt(this.#buffer.subarray(0, end).toString('latin1'), 16);
        this.#buffer = this.#buffer.subarray(end + 2);
        if (this.#left === 0) return true;
        // The line end behind it, too.
        this.#left += 2;
      }
      if (!this.#take()) return false;
      this.#left = undefined;
    }
    return this.#take();
  }

  /** Whether all of what is left has come. */
  #take(): boolean {
    const taken = this.#buffer.subarray(0, this.#left);
    this.#buffer = this.#buffer.subarray(taken.length);
    this.#left = (this.#left ?? 0) - taken.length;
    if (this.#keptSize < keptBytes) this.#kept.push(taken.subarray(0, keptBytes - this.#keptSize));
    this.#keptSize += taken.length;
    return this.#left === 0;
  }

  #answer(isWhole: boolean): RawAnswer {
    const { status = 0, headers = new Map() } = this.#head ?? {};
    const isEndless = status === 101 || headers.get('content-type')?.startsWith('text/event-stream') === true;
    const isKept = isWhole && !isEndless && headers.get('connection') !== 'close';
    return { status, headers, text: Buffer.concat(this.#kept).toString('utf8'), isKept };
  }
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).toLowerCase();
}
