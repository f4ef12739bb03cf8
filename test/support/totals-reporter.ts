import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What vitest keeps of something that was thrown. */
interface Thrown {
  readonly message: string;
  readonly stack?: string | undefined;
}

/**
 * For `scripts/test` to add up and to repeat below everything else: appends `passed failed skipped` to the file
 * named by TEST_TOTALS, and to the one named by TEST_FAILURES each failure with what was thrown.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly Thrown[]): void {
    const { TEST_TOTALS: totals, TEST_FAILURES: failures } = process.env;
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const failed = [
      ...tests.flatMap((test) => {
        const result = test.result();
        return result.state === 'failed'
          ? [failure(`${test.module.relativeModuleId} > ${test.fullName}`, result.errors)]
          : [];
      }),
      ...modules
        .filter((module) => module.errors().length > 0)
        .map((module) => failure(module.relativeModuleId, module.errors())),
      ...unhandled.map((thrown) => failure('outside of a test', [thrown])),
    ];
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const skipped = count('skipped') + count('pending');
    if (totals !== undefined) appendFileSync(totals, `${count('passed')} ${failed.length} ${skipped}\n`);
    if (failures !== undefined) appendFileSync(failures, failed.join(''));
  }
}

/** The name and, indented, what was thrown: enough to begin with, however long a difference is. */
function failure(name: string, thrown: readonly Thrown[]): string {
  const lines = thrown.flatMap(({ message, stack }) => [...message.split('\n').slice(0, 20), ...framesOf(stack)]);
  return [`FAILED ${name}`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

/** The lines of a stack that are this project's own. */
const framesOf = (stack = ''): readonly string[] =>
  stack.split('\n').filter((line) => /^\s*at .*(?:src|test)\//.test(line) && !line.includes('node_modules'));
