import { foldNodeSet } from '../../lib/node-set.ts';
import type { HostState, OperationHost, Phase } from '../../operations/operation.ts';
import { pad } from '../printable.ts';
import { type Failure, failuresOf } from './failures.ts';
import { heading, progressBar } from './heading.ts';
import { lastOf, linesEach } from './last-lines.ts';
import { type Line, tones } from './line.ts';
import type { Scene } from './scene.ts';
import { widthOf } from './width.ts';

/**
 * A heading, the hosts as a node set for each phase, and below that the failures, the fewest hosts first, with the last
 * lines of output of one host. As many lines as there is room.
 */
export function foldedFrame(scene: Scene, { columns, room }: { columns: number; room: number }): Line[] {
  const head = [...heading(scene, columns), progressBar(scene, columns), ...stateLines(scene.operation.results)];
  return [...head, ...failureLines(failuresOf(scene.operation), scene.lastLines, room - head.length)];
}

/** In the order of interest: running, failed, pending, and the rest. */
const phases: readonly (Phase | undefined)[] = [
  'connecting',
  'draining',
  'acting',
  'rebooting',
  'gating',
  'undoing',
  undefined,
];
const states: readonly HostState[] = ['failed', 'unreachable', 'pending', 'succeeded', 'skipped', 'cancelled'];

function stateLines(hosts: readonly OperationHost[]): Line[] {
  const groups = Map.groupBy(hosts, ({ state, phase }) => (state === 'running' ? `running ${phase ?? ''}` : state));
  const running = phases.map((phase) => ({ name: `running ${phase ?? ''}`, tone: tones.running }));
  const rows = [...running, ...states.map((state) => ({ name: state, tone: tones[state] }))].flatMap(
    ({ name, tone }) => {
      const alike = groups.get(name);
      return alike === undefined ? [] : [{ name: name.trim(), tone, alike }];
    },
  );
  const width = widthOf(rows.map(({ name }) => name));
  const digits = widthOf(rows.map(({ alike }) => String(alike.length)));
  return rows.map(({ name, tone, alike }) => {
    const count = String(alike.length).padStart(digits);
    return { text: `  ${pad(name, width)}  ${count}  ${foldNodeSet(alike.map(({ address }) => address))}`, tone };
  });
}

function failureLines(failures: readonly Failure[], lastLines: Scene['lastLines'], room: number): Line[] {
  if (failures.length === 0 || room < 2) return [];
  const shown = failures.length <= room ? failures : failures.slice(0, room - 1);
  const hidden = failures.slice(shown.length);
  const left = room - shown.length - (hidden.length > 0 ? 1 : 0);
  const examples = shown.map(({ example }) => example);
  const each = linesEach(examples, lastLines, left);
  const lines = shown.flatMap(({ hosts, example, brief }): Line[] => {
    const last = lastOf(example, lastLines, each);
    const label = hosts.length === 1 ? '' : example.address;
    return [
      { text: `${whichOf(hosts)}: ${brief}`, tone: 'bad' },
      ...last.map((line) => ({ text: `  ${label}| ${line}`, tone: 'plain' }) as const),
    ];
  });
  return hidden.length === 0 ? lines : [...lines, { text: restOf(hidden), tone: 'bad' }];
}

/** Shortened so that the reason fits after it. */
function whichOf(hosts: readonly string[]): string {
  const set = foldNodeSet(hosts);
  const names = set.length > 40 ? `${set.slice(0, 39)}…` : set;
  return hosts.length === 1 ? names : `${names} (${hosts.length})`;
}

function restOf(hidden: readonly Failure[]): string {
  const hosts = hidden.reduce((sum, { hosts }) => sum + hosts.length, 0);
  return `… and ${hosts} hosts that failed in ${hidden.length} other ways`;
}
