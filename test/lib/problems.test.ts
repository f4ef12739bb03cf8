import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { type ProblemCode, problems } from '../../src/lib/problems.ts';

const document = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
const entries = document
  .split(/^## /m)
  .slice(1)
  .map((entry) => {
    const [code = '', ...text] = entry.split('\n');
    return { code, text: text.join('\n') };
  });
const catalogue = Object.entries(problems).map(([code, { status, title }]) => ({ code, status, title }));

test('docs/errors.md has one entry for every code, and for no other', () => {
  expect(entries.map(({ code }) => code).toSorted()).toEqual(catalogue.map(({ code }) => code).toSorted());
});

describe.each(catalogue)('$code', ({ code, status, title }) => {
  const text = entries.find((entry) => entry.code === code)?.text ?? '';

  test('is documented with its status and with what to do', () => {
    expect(text).toMatch(new RegExp(`^\\nStatus ${status}[.,]`));
    expect(text).toMatch(/\n\*\*What to do:\*\* \S/);
  });

  test('is a failure in the sense of HTTP, with a title of its own', () => {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(catalogue.filter((other) => other.title === title)).toHaveLength(1);
  });
});

test('an error has the status of its code', () => {
  const codes: ProblemCode[] = ['host_not_found', 'store_full'];
  expect(codes.map((code) => new AppError(code, 'x').status)).toEqual([404, 507]);
});
