import type { ServerConfiguration } from '../config/configuration.ts';
import type { LogLevels } from '../telemetry/log/thresholds.ts';

/** The levels of the log that the configuration asks for. */
export function levelsOf({
  logLevel: level,
  moduleLevels: modules,
}: Pick<ServerConfiguration, 'logLevel' | 'moduleLevels'>): LogLevels {
  return { level, modules };
}
