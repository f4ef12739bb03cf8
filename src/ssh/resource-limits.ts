import { freemem } from 'node:os';
import { descriptorLimit } from '../lib/descriptor-limit.ts';
import { shareDescriptors } from '../lib/descriptor-shares.ts';

/** What one open session was measured to take, generously. */
const bytesPerSession = 512 * 1024;
/** More handshakes than this at once were never faster on any machine it was tried on. */
const mostHandshakes = 256;

/** What this process may use, as the system says. */
export interface Resources {
  descriptors: number;
  memoryBytes: number;
}

/** The highest number of handshakes that may be under way at once, whatever is learned about the network. */
export function handshakeCeiling(resources: Resources = ownResources()): number {
  return Math.max(1, Math.min(mostHandshakes, Math.floor(sessionLimit(resources) / 2)));
}

/** How many sessions may be kept open, in use or idle. Half of the free memory is left to everything else. */
export function sessionLimit({ descriptors, memoryBytes }: Resources = ownResources()): number {
  const { sessions } = shareDescriptors(descriptors);
  return Math.max(1, Math.floor(Math.min(sessions, memoryBytes / 2 / bytesPerSession)));
}

function ownResources(): Resources {
  return { descriptors: descriptorLimit(), memoryBytes: freeMemory() };
}

/** In a container or a service with a memory limit that is what counts, not the memory of the machine. */
function freeMemory(): number {
  return Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
