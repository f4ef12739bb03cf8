import { NoServerError } from '../client/no-server-error.ts';
import type { LabelChange, Labels } from '../inventory/labels.ts';
import { expandNodeSet } from '../lib/node-set.ts';
import { whole } from './cell.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { labelOf } from './labels.ts';
import { print } from './output.ts';
import { report } from './report.ts';
import { type Table, table } from './table.ts';
import { UsageError } from './usage-error.ts';

export const hostLabel = command({
  name: 'label',
  summary: 'Set and remove labels of hosts',
  arguments: {
    address: { summary: 'address or name of a host, or a node set such as 192.0.2.[11-14]' },
    change: { summary: 'KEY=VALUE to set a label, KEY- to remove it, or a further address', many: true },
  },
  options: {},
  examples: ['commctl host label 192.0.2.11 rack=3 role=db', 'commctl host label 192.0.2.[11-14] node7 rack=4 role-'],
  async handler(context, { address, change: words }) {
    const addresses = new Set(
      [address, ...words.filter((word) => !isChange(word))].flatMap((set) => expandNodeSet(set)),
    );
    const change = Object.fromEntries(words.filter(isChange).map(changeOf));
    if (Object.keys(change).length === 0) {
      throw new UsageError('no label is given', { hint: 'add KEY=VALUE to set one, or KEY- to remove it' });
    }
    return changeEach(context, [...addresses], change);
  },
});

/** No address contains an equals sign, and none ends with a minus sign. */
function isChange(word: string): boolean {
  return word.includes('=') || word.endsWith('-');
}

function changeOf(word: string): [key: string, value: string | null] {
  return word.includes('=') ? labelOf(word) : [word.slice(0, -1), null];
}

/**
 * Changes one host after the other. It continues after a refusal, but stops when no server answers. Prints the
 * resulting labels of each host, and returns the worst exit code.
 */
async function changeEach(context: Context, addresses: readonly string[], change: LabelChange): Promise<number> {
  const client = await context.connect();
  const labels: [address: string, labels: Labels][] = [];
  let worst: number = exitCode.done;
  for (const address of addresses) {
    try {
      labels.push([address, await client.hosts.changeLabels(address, change)]);
    } catch (error) {
      worst = Math.max(worst, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  if (labels.length > 0) {
    const names = labels.map(([address]) => address);
    await print(context, { value: Object.fromEntries(labels), names, table: () => labelTable(labels) });
  }
  return worst;
}

function labelTable(hosts: readonly [address: string, labels: Labels][]): Table {
  const wordsOf = (labels: Labels) => Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return table([
    ['ADDRESS', 'LABELS'],
    ...hosts.map(([address, labels]) => [whole(address), whole(wordsOf(labels).join(' '))]),
  ]);
}
