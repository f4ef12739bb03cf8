import type { ListRules } from './list-query.ts';

/** What each list can be filtered and sorted by. */
export const listRules = {
  hosts: {
    fields: {
      address: 'address',
      status: 'text',
      os: 'text',
      cpus: 'number',
      memory: 'number',
      space: 'number',
      last_check: 'text',
      source: 'text',
      error: 'text',
      'facts.*': 'text',
      'labels.*': 'text',
    },
    others: ['target'],
  },
  clusters: {
    fields: {
      name: 'text',
      status: 'text',
      network: 'text',
      container_manager: 'text',
      hostset: 'address',
      'hosts.*': 'number',
    },
  },
  networks: { fields: { name: 'text', type: 'text', 'options.*': 'text' } },
  containerManagers: { fields: { name: 'text', type: 'text', 'options.*': 'text' } },
  operations: {
    fields: {
      id: 'text',
      kind: 'text',
      cluster: 'name',
      target: 'text',
      requested_by: 'text',
      status: 'text',
      reason: 'text',
      started_at: 'text',
      finished_at: 'text',
      'counts.*': 'number',
      'parameters.*': 'text',
      'waiting_for.*': 'text',
    },
    limits: { minimum: 1, maximum: 1000, otherwise: 100 },
  },
  tokens: {
    fields: {
      id: 'text',
      kind: 'text',
      owner: 'text',
      method: 'text',
      note: 'text',
      created_at: 'text',
      expires_at: 'text',
      ends_at: 'text',
      revoked_at: 'text',
      lineage: 'text',
      'registration.*': 'text',
    },
  },
  roles: { fields: { name: 'text', permissions: 'text', source: 'text' } },
  roleBindings: {
    fields: {
      name: 'text',
      role: 'text',
      subjects: 'text',
      clusters: 'text',
      max_hosts: 'number',
      max_percent: 'number',
      source: 'text',
    },
  },
  budgets: { fields: { name: 'text', target: 'text', max_down: 'text', hosts: 'number', allowed: 'number' } },
} as const satisfies Record<string, ListRules>;
