import { aCluster, aHost, aManager, cluster, clusterView } from './given.ts';
import type { Row } from './row.ts';

/** Contract 3.2. */
export const clusterState: readonly Row[] = states();

function states(): Row[] {
  const cases = [
    { manager: '', statuses: [], status: 'ok', available: 0 },
    { manager: 'm', statuses: [], status: 'ok', available: 0 },
    { manager: 'm', statuses: ['active', 'active'], status: 'ok', available: 2 },
    { manager: 'm', statuses: ['active', 'disassociated'], status: 'degraded', available: 1 },
    { manager: 'm', statuses: ['active', 'failed', ''], status: 'degraded', available: 1 },
    { manager: 'm', statuses: ['disassociated', 'failed'], status: 'failed', available: 0 },
    { manager: '', statuses: ['active', 'investigating'], status: 'degraded', available: 1 },
    { manager: '', statuses: ['failed', 'bootstrapping'], status: 'failed', available: 0 },
    {
      manager: '',
      statuses: ['disassociated', 'active'],
      status: 'ok',
      available: 2,
      here: 'disassociated is available',
    },
    { manager: '', statuses: ['disassociated', 'failed'], status: 'degraded', available: 1, here: 'and degraded' },
  ];
  return cases.map(({ manager, statuses, status, available, here }) => {
    const members = statuses.map((each, index) => ({ address: `127.66.1.${index + 1}`, status: each }));
    const hostset = members.map(({ address }) => address);
    const total = members.length;
    const state = `[${statuses.join(', ')}] with the container manager "${manager}"`;
    return {
      section: '3.2',
      says: here === undefined ? `${state} is ${status}` : `here: ${here}: ${state} is ${status}`,
      given: [
        ...members.map((member) => aHost(member.address, { status: member.status })),
        aManager('m'),
        aCluster('c1', hostset, { container_manager: manager }),
      ],
      method: 'GET',
      path: cluster('c1'),
      status: 200,
      answer: clusterView({
        status,
        hostset,
        container_manager: manager,
        hosts: { total, available, unavailable: total - available },
      }),
    };
  });
}
