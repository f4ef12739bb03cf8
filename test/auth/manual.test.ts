import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { authenticatorKinds } from '../../src/auth/authenticators/kinds.ts';

const manual = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** The options in the tables of a section. */
function optionsIn(title: string): string[] {
  const [, text = ''] = manual.split(`\n### ${title}\n`);
  const [section = ''] = text.split(/\n##/);
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

/** Sections that hold for several plugins. */
const shared: Readonly<Record<string, readonly string[]>> = {
  keystonepasswordauth: optionsIn('Names of other services'),
  keystonetokenauth: [...optionsIn('Names of other services'), ...optionsIn('keystonepasswordauth')],
  openshiftbearertokenauth: optionsIn('Names of other services'),
  kubernetesauth: optionsIn('Names of other services'),
  jwt: optionsIn('Names of other services'),
};

test.each(authenticatorKinds.map(({ name, options }) => [name, options] as const))(
  'the manual has the options of %s, and no others',
  (name, options) => {
    expect(manual).toContain(`\n### ${name}\n`);
    expect([...optionsIn(name), ...(shared[name] ?? [])].toSorted()).toEqual([...options].toSorted());
  },
);
