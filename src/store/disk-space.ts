import { statfsSync } from 'node:fs';

/**
 * What is written. On a disk that fills up each goes on for longer than the one before it: what machines print, what
 * somebody asks to be changed, the audit trail of what is asked and refused, and what became of the work that is under way.
 */
export type Purpose = 'output' | 'change' | 'audit' | 'journal';

/** A file system, in bytes. */
export interface Disk {
  readonly size: number;
  readonly free: number;
}

const mebibyte = 1024 * 1024;
/** Of the space that changes leave to audit trail and journals. */
const most = 32 * mebibyte;
/** The same of a small file system, as a part of its size. */
const part = 1 / 8;
/** What must be free for each, as parts of that space. */
const needed: Record<Purpose, number> = { output: 2, change: 1, audit: 1 / 2, journal: 1 / 8 };

export function hasRoomFor(purpose: Purpose, { size, free }: Disk): boolean {
  return free >= needed[purpose] * Math.min(most, part * size);
}

/** The file system of a directory. One that does not tell its size has room for everything, as far as is known. */
export function diskOf(directory: string): Disk {
  const { blocks, bsize, bfree, bavail } = statfsSync(directory);
  // Some of the blocks are for root alone.
  const free = process.getuid?.() === 0 ? bfree : bavail;
  return { size: blocks * bsize, free: free * bsize };
}

/** With less than this left a commit may well not have fit. */
const spaceOfOneCommit = mebibyte;

/** Whether the disk of a directory is full. Asked because a write that was cut short comes back as an input/output error. */
export function hasNoSpace(directory: string): boolean {
  return diskOf(directory).free < spaceOfOneCommit;
}
