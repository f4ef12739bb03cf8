import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesIn } from '../../scripts/lib/site/sources.ts';
import type { Fleet } from '../support/fleet.ts';
import { mayMount, needsRoot } from '../support/root-only.ts';
import { examplesOf } from './examples/blocks.ts';
import { runExamples } from './examples/run.ts';
import { machineStage, plainStage, siteStage, startMachines } from './examples/site.ts';

const root = join(import.meta.dirname, '../..');
const pages = sourcesIn(root)
  .map(({ path }) => ({ path, ...examplesOf(readFileSync(join(root, path), 'utf8')) }))
  .filter(({ steps }) => steps.length > 0);

/** It installs what the others find installed. */
const fromNothing = ['docs/quick-start.md', 'README.md'];
const plain = pages.filter(({ path, needsSite }) => !needsSite && !fromNothing.includes(path));

test('there are pages of each sort', () => {
  expect(plain.length).toBeGreaterThan(0);
  expect(pages.filter(({ needsSite }) => needsSite).length).toBeGreaterThan(3);
});

test.each(plain)('the $steps.length examples of $path', async ({ path, steps }) => {
  using stage = plainStage();
  expect(await runExamples(path, steps, stage)).toBeUndefined();
});

describe.skipIf(!mayMount)(`with machines${needsRoot}`, () => {
  let fleet: Fleet & AsyncDisposable;
  beforeAll(async () => {
    fleet = await startMachines();
  });
  afterAll(() => fleet?.[Symbol.asyncDispose]());

  test.each(pages.filter(({ path }) => fromNothing.includes(path)))(
    'the $steps.length examples of $path, from nothing',
    async ({ path, steps }) => {
      using stage = machineStage(fleet);
      expect(await runExamples(path, steps, stage)).toBeUndefined();
    },
  );

  test.each(pages.filter(({ needsSite }) => needsSite))(
    'the $steps.length examples of $path, on a site',
    async ({ path, steps }) => {
      await using stage = await siteStage(fleet);
      expect(await runExamples(path, steps, stage)).toBeUndefined();
    },
  );
});
