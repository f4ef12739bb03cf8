import { printable, truncate } from '../printable.ts';
import type { Size } from '../terminal.ts';
import { foldedFrame } from './folded-frame.ts';
import { hostFrame } from './host-frame.ts';
import type { Line } from './line.ts';
import type { Scene } from './scene.ts';

/**
 * An operation as one screen: a line for each host when they fit, else the hosts folded by phase. No line is wider than
 * the screen, and the last row stays free for the cursor.
 */
export function frame(scene: Scene, { columns, rows }: Size): Line[] {
  const room = Math.max(2, rows - 1);
  const lines = hostFrame(scene, { columns, room }) ?? foldedFrame(scene, { columns, room });
  return lines.slice(0, room).map(({ text, tone }) => ({ text: truncate(printable(text), columns), tone }));
}
