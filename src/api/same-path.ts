import { AppError } from '../lib/errors.ts';

/** What a path names. A body may repeat it, in any spelling, but not name another. @throws AppError `path_mismatch` */
export function checkSamePath(member: 'address' | 'name', inPath: string, inBody: string | undefined): void {
  if (inBody === undefined || inBody === inPath) return;
  throw new AppError('path_mismatch', `the path names ${inPath} and the body ${inBody}`, {
    hint: `leave "${member}" out of the body`,
  });
}
