import { makeAuthority } from './certificates.ts';

export interface ApiOptions {
  /** Bearer token it wants. */
  token?: string;
  /** `user:password` it wants. */
  basic?: string;
  /** Whether it wants a client certificate of its authority. */
  clientCertificates?: boolean;
}

type Answer = (request: Request) => Response | undefined | Promise<Response | undefined>;

/** A real HTTPS server that keeps nodes as the API of Kubernetes does, for all that we ask of one. */
export interface KubernetesApi extends Disposable {
  readonly url: string;
  /** PEM of the authority that vouches for it. */
  readonly authority: string;
  /** A client certificate of that authority. */
  readonly client: { certificate: string; key: string };
  /** Node objects by name. */
  readonly nodes: Map<string, Record<string, unknown>>;
  /** What it was asked, as `GET /api/v1/nodes/…`, those it turned away included. */
  readonly asked: string[];
  /** Says what the kubelet of a node says of it. */
  setReady(name: string, ready: boolean): void;
  /** Answers in the place of the API, where it returns something; undefined again for none. */
  interfere: Answer | undefined;
}

export async function startKubernetesApi(options: ApiOptions = {}): Promise<KubernetesApi> {
  const authority = await makeAuthority('the site');
  const own = await authority.issue({ address: '127.0.0.1' });
  const client = await authority.issue({ name: 'commissaire' });
  const { clientCertificates = false } = options;
  const nodes = new Map<string, Record<string, unknown>>();
  const asked: string[] = [];
  let interfere: Answer | undefined;
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    tls: {
      cert: own.certificate,
      key: own.key,
      ...(clientCertificates ? { ca: authority.certificate, requestCert: true, rejectUnauthorized: true } : {}),
    },
    async fetch(request) {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return (await interfere?.(request)) ?? (await answer(request, nodes, options));
    },
  });
  return {
    url: `https://127.0.0.1:${server.port}`,
    authority: authority.certificate,
    client,
    nodes,
    asked,
    setReady(name, ready) {
      const condition = ready
        ? { type: 'Ready', status: 'True', reason: 'KubeletReady' }
        : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: 'PLEG is not healthy' };
      const pressure = { type: 'MemoryPressure', status: 'False' };
      nodes.set(name, { ...nodeObject(name), status: { conditions: [pressure, condition] } });
    },
    get interfere() {
      return interfere;
    },
    set interfere(given) {
      interfere = given;
    },
    [Symbol.dispose]() {
      server.stop(true).catch(() => {});
    },
  };
}

/** An answer that does not come. */
export function never(): Promise<Response> {
  return new Promise(() => {});
}

export function failure(code: number, reason: string, message: string): Response {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return Response.json(body, { status: code });
}

async function answer(
  request: Request,
  nodes: Map<string, Record<string, unknown>>,
  { token, basic }: ApiOptions,
): Promise<Response> {
  const said = request.headers.get('authorization');
  const wanted = token === undefined ? basic && `Basic ${btoa(basic)}` : `Bearer ${token}`;
  if (wanted !== undefined && said !== wanted) return failure(401, 'Unauthorized', 'Unauthorized');
  const [, name] = /^\/api\/v1\/nodes(?:\/([^/]+))?$/.exec(new URL(request.url).pathname) ?? [];
  if (name === undefined) return request.method === 'POST' ? create(request, nodes) : notFound('');
  const node = nodes.get(decodeURIComponent(name));
  if (node === undefined) return notFound(name);
  if (request.method === 'GET') return Response.json(node);
  nodes.delete(decodeURIComponent(name));
  return Response.json({ kind: 'Status', apiVersion: 'v1', status: 'Success', details: { name, kind: 'nodes' } });
}

async function create(request: Request, nodes: Map<string, Record<string, unknown>>): Promise<Response> {
  if (request.headers.get('content-type') !== 'application/json') {
    return failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
  }
  const { kind, apiVersion, metadata } = Object(await request.json());
  const name: unknown = Object(metadata).name;
  if (kind !== 'Node' || apiVersion !== 'v1' || typeof name !== 'string') {
    return failure(400, 'BadRequest', 'the object provided is unrecognized');
  }
  if (nodes.has(name)) return failure(409, 'AlreadyExists', `nodes "${name}" already exists`);
  nodes.set(name, nodeObject(name));
  return Response.json(nodeObject(name), { status: 201 });
}

function nodeObject(name: string): Record<string, unknown> {
  return { kind: 'Node', apiVersion: 'v1', metadata: { name }, spec: {}, status: { conditions: [] } };
}

function notFound(name: string): Response {
  return failure(404, 'NotFound', `nodes "${name}" not found`);
}
