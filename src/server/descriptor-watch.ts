import { readdirSync, statSync } from 'node:fs';
import { descriptorLimit } from '../lib/descriptor-limit.ts';

/** With fewer, one burst of connections could take all of them between two checks. */
const enough = 8_192;
/** SSH sessions take less than half of the limit. */
const nearlyAll = 0.75;
const directory = '/proc/self/fd';

/**
 * Returns a function that says whether nearly all descriptors of this process are open. Undefined when the limit is too
 * low for occasional checks, or when the system does not report open descriptors.
 */
export function descriptorWatch(limit = descriptorLimit()): (() => boolean) | undefined {
  if (limit < enough || !Number.isFinite(openDescriptors())) return undefined;
  return () => openDescriptors() >= nearlyAll * limit;
}

/** Infinite when unknown, because no descriptor is left to read the directory with, or it does not exist. */
function openDescriptors(): number {
  try {
    // Since Linux 6.2 the size of the directory is their number, and reading it takes no descriptor.
    return statSync(directory).size || readdirSync(directory).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
