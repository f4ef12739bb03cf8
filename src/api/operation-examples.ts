import { defaultStrategy } from '../operations/strategy.ts';

const started_at = '2026-01-02T03:04:05.678000';
const finished_at = '2026-01-02T03:05:06.789000';
export const [first, second] = ['192.0.2.11', '192.0.2.12'];
export const operation = {
  id: '019a0000-0000-7000-8000-000000000001',
  number: 44,
  kind: 'restart',
  parameters: {},
  cluster: '',
  target: 'label:role=web',
  strategy: { ...defaultStrategy, batch: '10%' },
  requested_by: 'alice',
  automatic: false,
  status: 'in_process',
  outcome: null,
  cancelling: false,
  waiting_for: null,
  reason: '',
  started_at,
  finished_at: '',
  counts: { pending: 1, succeeded: 1 },
  handshake_window: { limit: 16, smallest: 16, largest: 16, latency_ms: 41.5, reason: 'steady' },
};

const ended = { attempts: 1, exit_code: 0, error: null, started_at, finished_at, output_bytes: 3 };
const untouched = { attempts: 0, exit_code: null, error: null, started_at: '', finished_at: '', output_bytes: 0 };
export const detail = {
  ...operation,
  results: [
    { address: first, state: 'succeeded', ...ended },
    { address: second, state: 'pending', ...untouched },
  ],
};

export const plan = {
  kind: 'restart',
  target: 'label:role=web',
  hosts: 2,
  reboots: 'always',
  batches: [[first], [second]],
  splits: [],
  at_once: 1,
  down_at_once: 1,
  max_failures: 1,
  max_unreachable: null,
  on_failure: 'stop',
  gates: ['TCP port 443 open'],
  window: null,
  budgets: [{ name: 'web', hosts: 2, allowed: 1, down: 0 }],
  obstacles: [],
};

export const group = {
  hosts: '192.0.2.[11-12]',
  count: 2,
  state: 'succeeded',
  exit_code: 0,
  error: '',
  output: 'ok\n',
  truncated: false,
  log_removed: false,
};

export const journal = [
  { sequence: 0, at: started_at, type: 'operation_started' },
  { sequence: 1, at: started_at, type: 'batch_opened', batch: 1, hosts: [first] },
  { sequence: 2, at: finished_at, type: 'paused', by: 'alice', reason: '' },
];
