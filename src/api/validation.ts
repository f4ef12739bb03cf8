import { AppError } from '../lib/errors.ts';
import { nearestName } from '../lib/nearest.ts';

/** The first error in a body or a query, with its place. */
export function validationProblem(error: unknown): AppError {
  const found = isRecord(error) && isRecord(error.valueError) ? error.valueError : {};
  const whole = isRecord(error) && error.type === 'query' ? 'the query' : 'the body';
  const place = typeof found.path === 'string' && found.path !== '' ? found.path : whole;
  const meant = meantBy(found);
  return new AppError('invalid_member', `${place}: ${messageOf(found)}`, {
    hint:
      meant === undefined ? 'see the description of the route for the members it takes' : `did you mean "${meant}"?`,
    details: { member: place },
  });
}

function messageOf({ message, schema }: Record<string, unknown>): string {
  // For a union the checker only says that no choice matched.
  const isChoice = isRecord(schema) && Array.isArray(schema.anyOf) && typeof schema.description === 'string';
  if (isChoice) return `expected ${schema.description}`;
  return typeof message === 'string' ? message.charAt(0).toLowerCase() + message.slice(1) : 'not as expected';
}

/** The choice that a text comes close to. */
function meantBy({ schema, value }: Record<string, unknown>): string | undefined {
  if (!isRecord(schema) || !Array.isArray(schema.anyOf) || typeof value !== 'string' || value.length > longest) return;
  const choices: unknown[] = schema.anyOf.map((choice: unknown) => (isRecord(choice) ? choice.const : undefined));
  return nearestName(
    value,
    choices.filter((choice) => typeof choice === 'string'),
  );
}

/** No choice is as long. */
const longest = 64;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
