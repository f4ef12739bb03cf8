import type { FoldedGroup } from '../operations/folded.ts';
import { outputText } from './output-text.ts';
import { printable } from './printable.ts';
import type { Table } from './table.ts';

/** The output of machines, equal ones under one heading, with a row for each line of output. */
export function foldedTable(groups: readonly FoldedGroup[]): Table {
  return groups.flatMap(({ hosts, count, state, exit_code, error, output, truncated, log_removed }) => [
    `${hosts} (${count}): ${[state, exit_code === null ? '' : `exit code ${exit_code}`, error].filter(Boolean).join(', ')}`,
    ...linesOf(output).map((line) => `  ${printable(line)}`),
    ...(log_removed ? ['  (what they printed was removed to make room)'] : []),
    ...(truncated && !log_removed ? ['  … and more: see `commctl operation log`'] : []),
  ]);
}

function linesOf(output: string): string[] {
  return output === '' ? [] : outputText(Buffer.from(output)).replace(/\n$/, '').split('\n');
}
