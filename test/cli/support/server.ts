/** One request as it arrived. */
export interface Received {
  method: string;
  /** With the query. */
  path: string;
  headers: Headers;
  body: unknown;
}

export type Answer = (received: Received) => Response | Promise<Response>;

/** A real HTTP server that answers `GET /api/v0/hosts` and the like as a test says, and remembers what it was asked. */
export class TestServer implements Disposable {
  readonly received: Received[] = [];
  readonly #server: Bun.Server<undefined>;

  /** @param place a port of 127.0.0.1, 0 for any free one, or the path of a Unix socket */
  constructor(answers: Readonly<Record<string, Answer>>, place: number | { readonly unix: string } = 0) {
    const patient: object = { idleTimeout: 0 };
    this.#server = Bun.serve({
      ...patient,
      ...(typeof place === 'number' ? { port: place, hostname: '127.0.0.1' } : place),
      fetch: async (request: Request) => {
        const { pathname, search } = new URL(request.url);
        const body = await bodyOf(request);
        const received = { method: request.method, path: pathname + search, headers: request.headers, body };
        this.received.push(received);
        const answer = answers[`${request.method} ${pathname}`];
        return answer === undefined
          ? problem(404, { code: 'route_not_found', detail: 'no such path' })
          : answer(received);
      },
    });
  }

  get port(): number {
    return this.#server.port ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was asked, as `GET /path`. */
  get asked(): string[] {
    return this.received.map(({ method, path }) => `${method} ${path}`);
  }

  [Symbol.dispose](): void {
    // Open connections are cut; there is nothing to wait for.
    this.#server.stop(true).catch(() => {});
  }
}

/** What was sent as JSON or as bytes. */
async function bodyOf(request: Request): Promise<unknown> {
  if (request.headers.get('content-type') === 'application/octet-stream')
    return new Uint8Array(await request.arrayBuffer());
  const text = await request.text();
  return text === '' ? undefined : JSON.parse(text);
}

export function json(value: unknown, init: ResponseInit = {}): Answer {
  return () => Response.json(value, init);
}

export function problem(status: number, members: Record<string, unknown>): Response {
  return Response.json({ status, ...members }, { status, headers: { 'content-type': 'application/problem+json' } });
}

/** An endpoint nobody listens at. */
export function closedEndpoint(): string {
  using server = new TestServer({});
  return server.url;
}
