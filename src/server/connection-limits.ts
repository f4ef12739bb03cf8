import type { ConnectionLimits } from '../api/front/places.ts';
import type { ServerConfiguration } from '../config/load.ts';
import { descriptorLimit } from '../lib/descriptor-limit.ts';
import type { Logger } from '../lib/logger.ts';

/** A connection of a client, and both ends of the relay behind it. */
const descriptorsEach = 3;

/** As configured, as far as the system has descriptors for it: SSH sessions get at least half of them. */
export function connectionLimits(
  { maxConnections, maxConnectionsPerAddress }: ServerConfiguration,
  logger: Logger,
  descriptors = descriptorLimit(),
): ConnectionLimits {
  const possible = Math.max(16, Math.floor(descriptors / 2 / descriptorsEach));
  const total = Math.min(maxConnections, possible);
  if (total < maxConnections) {
    logger.warn(
      { total, descriptors, 'max-connections': maxConnections },
      'the limit of open files (ulimit -n) leaves room for fewer connections than max-connections',
    );
  }
  return { total, perAddress: Math.min(maxConnectionsPerAddress, total) };
}
