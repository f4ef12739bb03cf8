import { join } from 'node:path';
import { expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';

/** A line for each route: who may use it, and what the request is about. */
function table(): string {
  const rows = routeRules.map((rule) => {
    const { method, path, permission } = rule;
    const about = 'about' in rule ? rule.about : '';
    const registration = 'forRegistration' in rule ? 'registration tokens too' : '';
    return [method.padEnd(6), path.padEnd(44), permission.padEnd(24), about.padEnd(10), registration]
      .join(' ')
      .trimEnd();
  });
  return `${rows.join('\n')}\n`;
}

test('who may do what is as it was reviewed', async () => {
  // Written by the test: look at every change of it as at one of the source.
  await expect(table()).toMatchFileSnapshot(join(import.meta.dirname, 'permission-table.txt'));
});
