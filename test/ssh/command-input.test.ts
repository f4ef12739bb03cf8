import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/ssh/session.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { failureOf, fleetTarget, patient, type Wire, wire } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

let fleet: Fleet & AsyncDisposable;
let link: Wire;
let session: Session;

beforeAll(async () => {
  fleet = await withSshdFleet(1);
  link = wire();
  session = await link.dial(fleetTarget(fleet));
});

afterAll(async () => {
  await link[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
});

const mebibyte = 1024 * 1024;

/** Counts what is taken of it, and knows when it was let go of. */
class Source {
  taken = 0;
  released = false;
  readonly hash = createHash('sha256');
  readonly #chunks: number;
  readonly #failure: Error | undefined;

  /** @param failure what it throws at its end */
  constructor(chunks: number, failure?: Error) {
    this.#chunks = chunks;
    this.#failure = failure;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let index = 0; index < this.#chunks; index += 1) {
        const chunk = new Uint8Array(65_536).fill(index);
        this.hash.update(chunk);
        this.taken += chunk.length;
        yield chunk;
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.released = true;
    }
  }
}

test('a stream arrives as it is, to its end', async () => {
  const source = new Source(200);
  const { stdout } = await session.exec('sha256sum', { ...patient, stdin: source });
  expect(stdout.split(' ')[0]).toBe(source.hash.digest('hex'));
  expect(source.released).toBe(true);
});

test('an empty stream is an empty input', async () => {
  expect(await session.exec('wc -c', { ...patient, stdin: new Source(0) })).toMatchObject({ stdout: '0\n' });
});

test('no more is taken of a stream than the machine reads', async () => {
  using directory = temporaryDirectory();
  const go = join(directory.path, 'go');
  const source = new Source(1024);
  const done = session.exec(`while [ ! -e '${go}' ]; do sleep 0.05; done; wc -c`, { ...patient, stdin: source });
  await until(() => source.taken >= mebibyte);
  // Time enough for all of it, if nothing held it back.
  for (let round = 0; round < 10; round += 1) await session.exec('true', patient);
  expect(source.taken).toBeLessThan(16 * mebibyte);
  writeFileSync(go, '');
  expect((await done).stdout).toBe(`${64 * mebibyte}\n`);
});

test('a command that does not read to the end ends as it does, and the stream is let go of', async () => {
  const source = new Source(10_000);
  expect(await session.exec('head -c 10 | wc -c; exit 3', { ...patient, stdin: source })).toMatchObject({
    exitCode: 3,
    stdout: '10\n',
  });
  expect(source.released).toBe(true);
  expect(source.taken).toBeLessThan(10_000 * 65_536);
});

test('what a stream throws ends the command, and the connection stays', async () => {
  const failure = new Error('the file has changed');
  const stdin = new Source(3, failure);
  expect(await failureOf(session.exec('cat >/dev/null; sleep 60', { ...patient, stdin }))).toBe(failure);
  expect(await session.exec('true', patient)).toMatchObject({ exitCode: 0 });
});

test('an abort lets go of the stream', async () => {
  const source = new Source(10_000);
  const controller = new AbortController();
  const reason = new Error('enough');
  const other = await link.dial(fleetTarget(fleet));
  const failing = failureOf(other.exec('sleep 60', { ...patient, stdin: source, signal: controller.signal }));
  await until(() => source.taken >= mebibyte);
  controller.abort(reason);
  expect(await failing).toBe(reason);
  expect(source.released).toBe(true);
});
