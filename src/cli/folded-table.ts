import type { FoldedGroup } from '../operations/folded.ts';
import type { OperationDetail } from '../operations/operation.ts';
import { referenceTo } from '../operations/operation-name.ts';
import { groupHeading, oddLast } from './folded-groups.ts';
import { outputText } from './output-text.ts';
import { printable } from './printable.ts';
import type { Table } from './table.ts';

/** The output of machines, equal ones under one heading, with a row for each line of output. */
export function foldedTable(groups: readonly FoldedGroup[], operation: OperationDetail): Table {
  const { results } = operation;
  const hosts = new Map(results.map((host) => [host.address, host]));
  return oddLast(groups).flatMap((group) => [
    printable(groupHeading(group, hosts)),
    ...linesOf(group.output).map((line) => `  ${printable(line)}`),
    ...(group.log_removed ? ['  (what they printed was removed to make room)'] : []),
    ...(group.truncated && !group.log_removed
      ? [`  … and more: see \`commctl operation log ${referenceTo(operation)}\``]
      : []),
  ]);
}

function linesOf(output: string): string[] {
  return output === '' ? [] : outputText(Buffer.from(output)).replace(/\n$/, '').split('\n');
}
