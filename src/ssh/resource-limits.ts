import { freemem } from 'node:os';
import { descriptorLimit } from '../lib/descriptor-limit.ts';
import { shareDescriptors } from '../lib/descriptor-shares.ts';

/** The memory of one open session, measured and rounded up. */
const bytesPerSession = 512 * 1024;
/** In measurements, more handshakes than this at once were never faster. */
const mostHandshakes = 256;

/** What the system allows this process to use. */
export interface Resources {
  descriptors: number;
  memoryBytes: number;
}

/** The most handshakes at once, whatever the window learns about the network. */
export function handshakeCeiling(resources: Resources = ownResources()): number {
  return Math.max(1, Math.min(mostHandshakes, Math.floor(sessionLimit(resources) / 2)));
}

/** The most sessions, in use or idle. They leave half of the free memory to everything else. */
export function sessionLimit({ descriptors, memoryBytes }: Resources = ownResources()): number {
  const { sessions } = shareDescriptors(descriptors);
  return Math.max(1, Math.floor(Math.min(sessions, memoryBytes / 2 / bytesPerSession)));
}

function ownResources(): Resources {
  return { descriptors: descriptorLimit(), memoryBytes: freeMemory() };
}

/** In a container or a service with a memory limit, that limit counts instead of the memory of the machine. */
function freeMemory(): number {
  return Math.min(freemem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}
