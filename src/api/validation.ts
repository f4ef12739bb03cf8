import { AppError } from '../lib/errors.ts';

/** The first error in a body or a query, with its place. */
export function validationProblem(error: unknown): AppError {
  const found = isRecord(error) && isRecord(error.valueError) ? error.valueError : {};
  const whole = isRecord(error) && error.type === 'query' ? 'the query' : 'the body';
  const place = typeof found.path === 'string' && found.path !== '' ? found.path : whole;
  return new AppError('invalid_member', `${place}: ${messageOf(found)}`, {
    hint: 'see the description of the route for the members it takes',
    details: { member: place },
  });
}

function messageOf({ message, schema }: Record<string, unknown>): string {
  // For a union the checker only says that no choice matched.
  const isChoice = isRecord(schema) && Array.isArray(schema.anyOf) && typeof schema.description === 'string';
  if (isChoice) return `expected ${schema.description}`;
  return typeof message === 'string' ? message.charAt(0).toLowerCase() + message.slice(1) : 'not as expected';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
