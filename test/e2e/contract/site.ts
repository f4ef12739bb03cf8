import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { expectDocumented } from '../../api/documented.ts';
import { expectProblem } from '../../api/support.ts';
import { administrator, CompiledServer } from '../../support/compiled.ts';
import { rawRequest } from '../../support/raw-http.ts';
import type { Answer } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import type { Ask, Row, Step } from './row.ts';

const v0 = '/api/v0';
const credentials = `Basic ${btoa(`${administrator.username}:${administrator.password}`)}`;
const nothing: readonly Step[] = [];
const defaultNetwork = { method: 'PUT', path: `${v0}/network/default`, body: {} };

/** One compiled server that rows are asked of, and what it takes to give each of them the inventory it asks for. */
export class Site implements AsyncDisposable {
  readonly #server: CompiledServer;
  readonly #directory: Disposable;
  /** What the inventory was given last; undefined once something has been changed since. A new server has nothing. */
  #standing: readonly Step[] | undefined = nothing;

  private constructor(server: CompiledServer, directory: Disposable) {
    this.#server = server;
    this.#directory = directory;
  }

  /** @param configure writes a configuration into the data directory, where it is not to be the usual one */
  static async open(configure: (dataDir: string) => void = () => {}): Promise<Site> {
    const directory = temporaryDirectory();
    configure(directory.path);
    return new Site(await CompiledServer.start({ dataDir: directory.path }), directory);
  }

  /** Holds the server to the row. */
  async hold(row: Row): Promise<void> {
    await this.#prepare(row.given ?? nothing);
    if (row.status < 400 && row.method !== 'GET') this.#standing = undefined;
    // When it never is, the comparison tells why.
    if (row.eventually === true) await until(() => this.#holds(row)).catch(() => {});
    expectAnswered(row, await this.ask(row));
  }

  async ask({ method, path, body, raw, headers = {}, chunked = false }: Ask): Promise<Answer> {
    const { authorization = credentials, ...others } = headers;
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await rawRequest(this.#server.url, method, path, {
      headers: authorization === '' ? others : { ...others, authorization },
      chunked,
      ...(sent === undefined ? {} : { body: sent }),
    });
    const { text } = answer;
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
    return { ...answer, body: isJson ? JSON.parse(text) : undefined };
  }

  /** Lines of the server's log that tell of a fault. */
  get faults(): string[] {
    return this.#server.log.filter(({ level }) => level === 'error').map((line) => JSON.stringify(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#directory[Symbol.dispose]();
  }

  async #holds(row: Row): Promise<boolean> {
    const { status, body } = await this.ask(row);
    return status === row.status && (!('answer' in row) || matches(body, row.answer));
  }

  /** Rows that only look, or were refused, leave the inventory to the next one that wants the same. */
  async #prepare(given: readonly Step[]): Promise<void> {
    if (isDeepStrictEqual(given, this.#standing)) return;
    this.#standing = undefined;
    await this.#clear();
    for (const { until: wanted, ...ask } of given) {
      await this.#succeed(ask);
      if (wanted !== undefined)
        await until(async () => matches((await this.ask(ask)).body, expect.objectContaining(wanted)));
    }
    this.#standing = given;
  }

  async #clear(): Promise<void> {
    const remove = (noun: string, key: unknown) =>
      this.#succeed({ method: 'DELETE', path: `${v0}/${noun}/${encodeURIComponent(String(key))}` });
    const running = await this.#running();
    await each(running, (id) =>
      this.ask({ method: 'POST', path: `${v0}/operation/${id}/cancel`, body: { now: true } }),
    );
    if (running.length > 0) await until(async () => (await this.#running()).length === 0);
    await each(await this.#list('clusters'), async (name) => {
      // A container manager that fails would keep it.
      await this.#succeed({ method: 'PUT', path: `${v0}/cluster/${name}`, body: { container_manager: '' } });
      await remove('cluster', name);
    });
    await Promise.all([
      each(await this.#list('hosts'), (host) => remove('host', Object(host).address)),
      each(await this.#list('networks'), (name) => remove('network', name)),
      each(await this.#list('containermanagers'), (name) => remove('containermanager', name)),
    ]);
    await this.#succeed(defaultNetwork);
  }

  async #running(): Promise<unknown[]> {
    const found = await this.#list('operations?kind=In(restart,upgrade,deploy)&status=In(in_process,waiting,paused)');
    return found.map((operation) => Object(operation).id);
  }

  async #list(of: string): Promise<unknown[]> {
    const { body } = await this.#succeed({ method: 'GET', path: `${v0}/${of}` });
    return Array.isArray(body) ? body : [];
  }

  async #succeed(ask: Ask): Promise<Answer> {
    const answer = await this.ask(ask);
    expect(answer.status, `${ask.method} ${ask.path}: ${answer.text}`).toBeLessThan(300);
    return answer;
  }
}

function expectAnswered(row: Row, answer: Answer): void {
  expect(answer.status, answer.text).toBe(row.status);
  expect(answer.headers.get('x-request-id')).toMatch(/./);
  for (const [name, value] of Object.entries(row.shows ?? {})) {
    if (value === undefined) expect(answer.headers.get(name)).toBeNull();
    else expect(answer.headers.get(name)).toMatch(value);
  }
  if ('silent' in row) expect(answer.text).toBe('');
  else if ('problem' in row) expectProblem(answer, row.problem);
  else {
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(answer.body).toEqual(row.answer);
    expect(memberOrder(answer.body, row.answer)).toEqual(memberOrder(row.answer, row.answer));
  }
  if (row.method !== 'HEAD' && row.method !== 'OPTIONS')
    expectDocumented({ method: row.method, path: row.path }, answer);
}

function matches(body: unknown, wanted: unknown): boolean {
  try {
    expect(body).toEqual(wanted);
    return true;
  } catch {
    return false;
  }
}

/** The names of the members of the objects in a value, as far as the other value has objects there too. */
function memberOrder(value: unknown, like: unknown): unknown {
  if (!isPlain(value) || !isPlain(like)) return null;
  return Object.entries(value).map(([name, member]) => [name, memberOrder(member, like[name])]);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

async function each<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  await Promise.all(items.map(act));
}
