import { expect, test } from 'vitest';
import { sentenceOf, sentenceWithReason, wordOf } from '../../../src/cli/wait/sentence.ts';
import type { HostState, OperationDetail } from '../../../src/operations/operation.ts';
import { operationHost, operationRecord } from '../support/records.ts';

/** Hosts of each state in turn, named h1, h2, … */
function operation(states: Partial<Record<HostState, number>>, change: Partial<OperationDetail> = {}): OperationDetail {
  const all = inOrder.flatMap((state) => Array.from({ length: states[state] ?? 0 }, () => state));
  return operationRecord(
    all.map((state, index) => operationHost(`h${index + 1}`, { state })),
    change,
  );
}

const inOrder: readonly HostState[] = [
  'succeeded',
  'failed',
  'unreachable',
  'skipped',
  'cancelled',
  'running',
  'pending',
];

const ended = (status: OperationDetail['status'], reason = '') => ({ status, reason, finished_at: 'then' });

const cases: [what: OperationDetail, word: string, sentence: string][] = [
  [operation({ succeeded: 30 }, ended('finished')), 'finished', 'finished: 30 ok'],
  [operation({ succeeded: 2, skipped: 1 }, ended('finished')), 'finished', 'finished: 2 ok, 1 skipped'],
  [operation({}, ended('finished')), 'finished', 'finished: no hosts'],
  [
    operation({ succeeded: 29, failed: 1, unreachable: 1 }, ended('finished')),
    'with failures',
    'finished: 29 ok, 1 failed (h30), 1 unreachable (h31)',
  ],
  [operation({ unreachable: 2 }, ended('finished')), 'failed', 'failed: 2 unreachable (h[1-2])'],
  [
    operation({ succeeded: 1, failed: 1, cancelled: 3 }, ended('failed', 'enough')),
    'failed',
    'failed: 1 ok, 1 failed (h2), 3 not started: enough',
  ],
  [
    operation({ skipped: 2 }, ended('finished', 'all 2 hosts were skipped: no ostree')),
    'nothing done',
    'nothing done: 2 skipped: all 2 hosts were skipped: no ostree',
  ],
  [operation({ succeeded: 3, cancelled: 2 }, ended('cancelled', 'cancelled')), 'cancelled', 'cancelled after 3 of 5'],
  [
    operation({ succeeded: 2, failed: 1, cancelled: 2 }, ended('cancelled', 'cancelled')),
    'cancelled',
    'cancelled after 3 of 5: 2 ok, 1 failed (h3)',
  ],
  [operation({ running: 1, pending: 2 }), 'in_process', 'in_process'],
  [operation({ running: 1, pending: 2 }, { cancelling: true }), 'cancelling', 'cancelling: 1 host still running'],
  [operation({ pending: 1 }, { status: 'paused', reason: 'paused by ann' }), 'paused', 'paused by ann'],
  [
    operation({ pending: 1 }, { status: 'waiting', waiting_for: { what: 'promotion', detail: 'a promotion' } }),
    'waiting',
    'waiting: a promotion',
  ],
];

test.each(cases.map(([what, word, sentence]) => ({ what, word, sentence })))(
  '$sentence',
  ({ what, word, sentence }) => {
    expect(wordOf(what)).toBe(word);
    expect(sentenceWithReason(what)).toBe(sentence);
  },
);

test('very many failed hosts are not named', () => {
  const results = Array.from({ length: 100 }, (_, index) =>
    operationHost(`node-${index * 2}.example.com`, { state: index === 0 ? 'succeeded' : 'failed' }),
  );
  expect(sentenceOf(operationRecord(results, ended('finished')))).toBe('finished: 1 ok, 99 failed');
});

test('of an operation whose hosts are not known it has the numbers', () => {
  const { results: _, ...listed } = operation({ succeeded: 1, failed: 1 }, ended('finished'));
  expect(sentenceOf(listed)).toBe('finished: 1 ok, 1 failed');
});
