import type { Host } from '../inventory/host.ts';
import { type Cell, whole } from './cell.ts';
import { instant, size } from './quantity.ts';
import { recordTable, type Table, table } from './table.ts';

const heading = ['ADDRESS', 'STATUS', 'OS', 'CPUS', 'MEMORY', 'SPACE', 'LAST CHECK'];

/** One line per host. */
export function hostTable(hosts: readonly Host[]): Table {
  return table([heading, ...hosts.map(row)]);
}

/** One host in full. */
export function hostRecord(host: Host): Table {
  return recordTable({ ...host, cpus: counted(host.cpus), memory: size(host.memory), space: size(host.space) });
}

function row({ address, status, os, cpus, memory, space, last_check }: Host): (string | Cell)[] {
  return [whole(address), status, os, counted(cpus), size(memory), size(space), instant(last_check)];
}

/** Empty for 0, which means unknown. */
function counted(count: number): string {
  return count === 0 ? '' : String(count);
}
