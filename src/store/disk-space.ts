import { statfsSync } from 'node:fs';

/** With less than this left a commit may well not have fit. */
const spaceOfOneCommit = 1024 * 1024;

/** Whether the disk of a directory is full. Asked because a write that was cut short comes back as an input/output error. */
export function hasNoSpace(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < spaceOfOneCommit;
}
