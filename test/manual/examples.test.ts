import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourcesIn } from '../../scripts/lib/site/sources.ts';
import type { Fleet } from '../support/fleet.ts';
import { mayMount, needsRoot } from '../support/root-only.ts';
import { examplesOf, type Stage } from './examples/blocks.ts';
import { runExamples } from './examples/run.ts';
import { machineShell, plainShell, siteShell, startMachines } from './examples/site.ts';

const root = join(import.meta.dirname, '../..');
const pages = sourcesIn(root)
  .map(({ path }) => ({ path, ...examplesOf(readFileSync(join(root, path), 'utf8')) }))
  .filter(({ steps }) => steps.length > 0);

const on = (wanted: Stage) => pages.filter(({ stage }) => stage === wanted);

test('there are pages for the machines and for a site', () => {
  expect(on('machines').map(({ path }) => path)).toEqual(['README.md', 'docs/quick-start.md']);
  expect(on('site').length).toBeGreaterThan(5);
});

test.each(on('plain'))('the $steps.length examples of $path', async ({ path, steps }) => {
  using shell = plainShell();
  expect(await runExamples(path, steps, shell)).toEqual([]);
});

describe.skipIf(!mayMount)(`with machines${needsRoot}`, () => {
  let fleet: Fleet & AsyncDisposable;
  beforeAll(async () => {
    fleet = await startMachines();
  });
  afterAll(() => fleet?.[Symbol.asyncDispose]());

  test.each(on('machines'))('the $steps.length examples of $path', async ({ path, steps }) => {
    using shell = machineShell(fleet);
    expect(await runExamples(path, steps, shell)).toEqual([]);
  });

  test.each(on('site'))('the $steps.length examples of $path', async ({ path, steps }) => {
    await using shell = await siteShell(fleet);
    expect(await runExamples(path, steps, shell)).toEqual([]);
  });
});
