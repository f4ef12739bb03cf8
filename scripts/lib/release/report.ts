import type { Sizes } from './compressed.ts';

/** A target of the table at the end. */
export interface TargetRow {
  readonly name: string;
  readonly state: string;
  readonly sizes: Sizes;
}

const goals = { plain: 115, compressed: 42 } as const;

/** The sizes of the targets, in MB of a million bytes, and the goals. */
export function sizeTable(rows: readonly TargetRow[]): string {
  const cells = [
    ['target', 'state', 'plain', 'zst', 'xz', 'gz'],
    ...rows.map(({ name, state, sizes: { plain, zst, xz, gz } }) => [
      name,
      state,
      ...[plain, zst, xz, gz].map(megabytes),
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return [...lines, `goals: ${goals.plain} MB plain, ${goals.compressed} MB compressed`].join('\n');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
