import type { OperationHost } from '../../operations/operation.ts';
import { pad } from '../printable.ts';
import { briefErrorOf } from './failures.ts';
import { elapsedOf, heading, progressBar } from './heading.ts';
import { lastOf, linesEach } from './last-lines.ts';
import { type Line, tones } from './line.ts';
import type { Scene } from './scene.ts';
import { widthOf } from './width.ts';

/** A heading, then a line for each host in target order. Undefined when the hosts do not fit. */
export function hostFrame(scene: Scene, { columns, room }: { columns: number; room: number }): Line[] | undefined {
  const { operation, serverTime, batches, lastLines } = scene;
  const { results } = operation;
  const head = [...heading(scene, columns), ...(batches.length > 1 ? [progressBar(scene, columns)] : [])];
  const left = room - head.length - results.length;
  if (left < 0) return undefined;
  const width = widthOf(results.map(({ address }) => address));
  const each = linesEach(results, lastLines, left);
  const lines = results.flatMap((host): Line[] => [
    { text: hostLine(host, width, serverTime), tone: tones[host.state] },
    ...lastOf(host, lastLines, each).map((line) => ({ text: `    | ${line}`, tone: 'plain' }) as const),
  ]);
  return [...head, ...lines];
}

function hostLine(host: OperationHost, width: number, now: number): string {
  const { address, state, phase } = host;
  const doing = state === 'running' && phase !== undefined ? phase : state;
  const elapsed = elapsedOf(host, now).padStart(6);
  return `  ${pad(address, width)}  ${pad(doing, 11)}  ${elapsed}  ${briefErrorOf([host])}`.trimEnd();
}
