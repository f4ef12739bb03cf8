import { AppError } from '../lib/errors.ts';

interface FirstError {
  path: string;
  message: string;
}

/** The first thing wrong with a body or a query, with the place where it is. */
export function validationProblem(error: unknown): AppError {
  const { path, message } = firstOf(error);
  const place = path === '' || path === '/' ? 'the body' : path;
  return new AppError('invalid_member', `${place}: ${message}`, {
    hint: 'see the description of the route for the members it takes',
    details: { member: place },
  });
}

function firstOf(error: unknown): FirstError {
  const found = isRecord(error) && isRecord(error.valueError) ? error.valueError : {};
  return {
    path: typeof found.path === 'string' ? found.path : '',
    message: typeof found.message === 'string' ? found.message : 'not as expected',
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
