import { AppError } from '../lib/errors.ts';

/**
 * A body may repeat the name in the path, in any spelling, but must not give another one. @throws AppError
 * `path_mismatch`
 */
export function checkSamePath(member: 'address' | 'name', inPath: string, inBody: string | undefined): void {
  if (inBody === undefined || inBody === inPath) return;
  throw new AppError('path_mismatch', `the path names ${inPath} and the body ${inBody}`, {
    hint: `leave "${member}" out of the body`,
  });
}
