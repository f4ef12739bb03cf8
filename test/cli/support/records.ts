import type { Host } from '../../../src/inventory/host.ts';
import type { OperationDetail, OperationHost } from '../../../src/operations/operation.ts';
import { outcomeOf } from '../../../src/operations/outcome.ts';
import type { Plan } from '../../../src/operations/plan.ts';
import { defaultStrategy } from '../../../src/operations/strategy.ts';

export function hostRecord(change: Partial<Host> = {}): Host {
  return {
    address: '192.0.2.11',
    status: 'active',
    os: 'fedora',
    cpus: 4,
    memory: 16_316_412,
    space: 524_288_000,
    last_check: '2026-01-02T03:04:05.678000',
    source: '',
    error: '',
    facts: { kernel: '6.12.9' },
    labels: { rack: '3' },
    ...change,
  };
}

export function operationHost(address: string, change: Partial<OperationHost> = {}): OperationHost {
  return {
    address,
    state: 'pending',
    attempts: 0,
    exit_code: null,
    error: null,
    started_at: '',
    finished_at: '',
    output_bytes: 0,
    ...change,
  };
}

export function operationRecord(results: OperationHost[], change: Partial<OperationDetail> = {}): OperationDetail {
  const counts: Record<string, number> = {};
  for (const { state } of results) counts[state] = (counts[state] ?? 0) + 1;
  const stands = { status: 'in_process' as const, counts, ...change };
  return {
    id: 'op-1',
    number: 44,
    kind: 'restart',
    parameters: {},
    cluster: 'web',
    target: 'cluster:web',
    strategy: defaultStrategy,
    requested_by: 'a',
    automatic: false,
    status: 'in_process',
    outcome: outcomeOf(stands),
    cancelling: false,
    waiting_for: null,
    reason: '',
    started_at: '2026-01-02T03:04:05.000000',
    finished_at: '',
    counts,
    handshake_window: null,
    results,
    ...change,
  };
}

export const clusterRecord = {
  name: 'web',
  status: 'ok',
  network: 'default',
  hostset: ['192.0.2.11', '192.0.2.12'],
  container_manager: '',
  hosts: { total: 2, available: 2, unavailable: 0 },
};

export const restartRecord = {
  name: 'web',
  status: 'finished',
  restarted: ['192.0.2.11'],
  in_process: [],
  started_at: '2026-01-02T03:04:05.000000',
  finished_at: '2026-01-02T03:05:05.000000',
};

/** A plan as the server answers one: restart of a host that nothing keeps from it. */
export function planRecord(change: Partial<Plan> = {}): Plan {
  return {
    kind: 'restart',
    target: 'all',
    hosts: 1,
    reboots: 'always',
    batches: [['a']],
    splits: [],
    at_once: 1,
    down_at_once: 1,
    max_failures: 1,
    max_unreachable: null,
    on_failure: 'stop',
    gates: [],
    window: null,
    budgets: [],
    obstacles: [],
    ...change,
  };
}
