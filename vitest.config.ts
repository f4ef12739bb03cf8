import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** A Python file, and the files of the packaging, are imported as their text, as the build does it. */
const texts = /\.(py|sh|service|openrc|env|sysusers|tmpfiles|dropin)$/;
const textSource = {
  name: 'text-source',
  transform: (code: string, id: string) => (texts.test(id) ? `export default ${JSON.stringify(code)};` : undefined),
};

/** Test files of `scripts/test --long`. */
const longOnes = process.env.COMMISSAIRE_TEST_LONG === '1' ? [] : ['test/e2e/release-targets.test.ts'];

/** The parts of the suite. `machines` runs inside a fleet of real machines: see `scripts/test`. */
export default defineConfig({
  plugins: [textSource],
  test: {
    reporters: ['default', './test/support/totals-reporter.ts'],
    // Against what hangs, and no measure: two lanes and a slow machine make some take a minute.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // As many as there are processors: without a person who waits at the machine none need be left free.
    maxWorkers: availableParallelism(),
    // What it imports are files, which Vite would take for modules to run.
    server: {
      deps: {
        external: [/src\/api\/viewer\/assets\.ts$/, /src\/cli\/help\/pages\.ts$/, /src\/api\/manual\/embedded\.ts$/],
      },
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          globalSetup: './test/support/written-site.ts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/hostile/**', 'test/machines/**', 'test/manual/**'],
        },
      },
      { extends: true, test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: longOnes } },
      { extends: true, test: { name: 'docs', include: ['test/manual/**/*.test.ts'], fileParallelism: false } },
      { extends: true, test: { name: 'hostile', include: ['test/hostile/**/*.test.ts'], fileParallelism: false } },
      {
        extends: true,
        test: {
          name: 'machines',
          include: ['test/machines/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
        },
      },
    ],
  },
});
