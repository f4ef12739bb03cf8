import type { ConnectionLimits } from '../api/front/places.ts';
import type { ServerConfiguration } from '../config/configuration.ts';
import { descriptorLimit } from '../lib/descriptor-limit.ts';
import { shareDescriptors } from '../lib/descriptor-shares.ts';
import type { Logger } from '../lib/logger.ts';

/** The socket of a client, and both ends of the relay behind it. */
const descriptorsEach = 3;

/** The configured limits, reduced to the share of the system's descriptors that is for connections. */
export function connectionLimits(
  { maxConnections, maxConnectionsPerAddress }: ServerConfiguration,
  logger: Logger,
  descriptors = descriptorLimit(),
): ConnectionLimits {
  const possible = Math.max(2, Math.floor(shareDescriptors(descriptors).connections / descriptorsEach));
  const total = Math.min(maxConnections, possible);
  if (total < maxConnections) {
    logger.warn(
      { total, descriptors, 'max-connections': maxConnections },
      'the limit of open files (ulimit -n) leaves room for fewer connections than max-connections',
    );
  }
  return { total, perAddress: Math.min(maxConnectionsPerAddress, total) };
}
