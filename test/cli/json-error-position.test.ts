import { expect, test } from 'vitest';
import { jsonErrorPosition } from '../../src/cli/json-error-position.ts';

const cases = [
  { text: '', line: 1, column: 1 },
  { text: '{"a": 1,}', line: 1, column: 9 },
  { text: '{"a" 1}', line: 1, column: 6 },
  { text: '{\n  "a": tru\n}', line: 2, column: 8 },
  { text: '{"a": [1, {"b": "c"}, ]}', line: 1, column: 23 },
  { text: "{'a': 1}", line: 1, column: 2 },
  { text: '{"a": "line\nbreak"}', line: 1, column: 7 },
  { text: '{"a": 1', line: 1, column: 8 },
  { text: '{"a": 1}\n}', line: 2, column: 1 },
  { text: '{"a": 01}', line: 1, column: 8 },
];

test.each(cases)('$text', ({ text, line, column }) => {
  expect(() => JSON.parse(text)).toThrow();
  expect(jsonErrorPosition(text)).toEqual({ line, column });
});
