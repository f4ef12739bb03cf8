import type { Clusters } from '../inventory/clusters.ts';
import { AppError } from '../lib/errors.ts';
import { nearestName } from '../lib/nearest.ts';
import { everything } from '../lib/selection.ts';
import { viewOf } from './authorisation.ts';
import type { Caller } from './caller.ts';

/**
 * Checks that there is a cluster of this name. The error suggests only clusters that the caller may see.
 *
 * @throws AppError `cluster_unknown`
 */
export async function checkKnownCluster(
  clusters: Pick<Clusters, 'select'>,
  caller: Pick<Caller, 'access'>,
  name: string,
): Promise<void> {
  const { records } = await clusters.select(everything);
  const names = records.map((cluster) => cluster.name);
  if (names.includes(name)) return;
  const view = viewOf(caller, 'cluster:read');
  const nearest = nearestName(
    name,
    names.filter((each) => view === undefined || view.sees(each)),
  );
  throw new AppError('cluster_unknown', `there is no cluster ${name}`, {
    hint:
      nearest === undefined ? `create it first with \`commctl cluster create ${name}\`` : `did you mean "${nearest}"?`,
    details: { member: '/cluster' },
  });
}
