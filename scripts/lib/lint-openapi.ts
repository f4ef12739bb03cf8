/** Lints the API document and exits with 1 when it has problems. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { openApiDocument } from '../../src/api/openapi/document.ts';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    // The rule of the linter knows no route whose only success is a redirection.
    'operation-2xx-response': 'off',
    'rule/operation-success': {
      severity: 'error',
      subject: { type: 'Responses' },
      assertions: { requireAny: ['200', '201', '202', '204', '302'] },
      message: 'Operation must have a response that is no failure.',
    },
  },
});
const source = JSON.stringify(openApiDocument(), null, 2);
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
for (const { ruleId, message, location } of problems) {
  console.error(`openapi.json${location[0]?.pointer ?? ''}: ${message} (${ruleId})`);
}
if (problems.length > 0) process.exitCode = 1;
