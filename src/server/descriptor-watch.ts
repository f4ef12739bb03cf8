import { readdirSync, statSync } from 'node:fs';
import { descriptorLimit } from '../lib/descriptor-limit.ts';

/** With fewer a burst of connections takes all of them between two looks. */
const enough = 8_192;
/** SSH sessions take less than half. */
const nearlyAll = 0.75;
const directory = '/proc/self/fd';

/**
 * Tells whether nearly all descriptors that this process may have are open. Undefined when there are so few of them that
 * looking now and then is not enough, or when the system does not tell.
 */
export function descriptorWatch(limit = descriptorLimit()): (() => boolean) | undefined {
  if (limit < enough || !Number.isFinite(openDescriptors())) return undefined;
  return () => openDescriptors() >= nearlyAll * limit;
}

/** Infinite when it is unknown, because no descriptor is left to read it with, or there is no such directory. */
function openDescriptors(): number {
  try {
    // Since Linux 6.2 the size of the directory is their number, which takes no descriptor to ask for.
    return statSync(directory).size || readdirSync(directory).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
