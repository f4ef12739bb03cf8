import type { BackupTarget } from '../../../config/backups.ts';
import type { ProxyFor } from '../../../lib/proxies.ts';
import { directoryTarget } from './directory.ts';
import { machineTarget } from './machine.ts';
import type { Target } from './target.ts';
import { urlTarget } from './url.ts';

/** The place that a configured target means. */
export function targetOf({ name, place }: BackupTarget, proxyFor: ProxyFor): Target {
  if (place.kind === 'directory') return directoryTarget(name, place);
  return place.kind === 'ssh' ? machineTarget(name, place) : urlTarget(name, place, proxyFor);
}
