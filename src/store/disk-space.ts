import { statfsSync } from 'node:fs';

/**
 * What a write is for. As a disk fills up, the store refuses output of machines first, then changes, then the audit
 * trail of requests and refusals, and last the outcomes of running operations.
 */
export type Purpose = 'output' | 'change' | 'audit' | 'journal';

/** A file system, in bytes. */
export interface Disk {
  readonly size: number;
  readonly free: number;
}

const mebibyte = 1024 * 1024;
/** The most space that changes leave free for audit trail and journals, unless the option `disk-floor` says otherwise. */
const most = 32 * mebibyte;
/** The same on a small file system, as a part of its size. */
const part = 1 / 8;
/** The free space that each purpose needs, as parts of that space. */
const parts: Record<Purpose, number> = { output: 2, change: 1, audit: 1 / 2, journal: 1 / 8 };

/** @param floor the space that changes leave free, in bytes; that of the file system if not given */
export function hasRoomFor(purpose: Purpose, disk: Disk, floor?: number): boolean {
  return disk.free >= neededFor(purpose, disk, floor);
}

/** The free space that a purpose needs, in bytes. */
export function neededFor(purpose: Purpose, { size }: Disk, floor = Math.min(most, part * size)): number {
  return parts[purpose] * floor;
}

/** The file system of a directory. One that does not report its size counts as having space for everything. */
export function diskOf(directory: string): Disk {
  const { blocks, bsize, bfree, bavail } = statfsSync(directory);
  // Some of the blocks are reserved for root.
  const free = process.getuid?.() === 0 ? bfree : bavail;
  return { size: blocks * bsize, free: free * bsize };
}

/** With less free space than this, a commit may have failed for lack of it. */
const spaceOfOneCommit = mebibyte;

/** Whether the disk of a directory is full. LMDB reports a write that was cut short as an input/output error. */
export function hasNoSpace(directory: string): boolean {
  return diskOf(directory).free < spaceOfOneCommit;
}
