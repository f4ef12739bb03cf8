import type { Finding } from '../../upkeep/database/finding.ts';
import type { CollectionStats } from '../../upkeep/database/stats.ts';
import { whole } from '../cell.ts';
import { commandsWith } from '../command.ts';
import { exitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { columns } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { dataDir } from './backup-options.ts';
import { output } from './output-option.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const check = command({
  name: 'check',
  summary: 'Read the whole store of a stopped server; exit with 1 when anything in it is wrong',
  arguments: {},
  options: { dataDir, output },
  examples: ['commissaire db check', 'commissaire db check --data-dir /var/lib/commissaire -o json'],
  async handler({ terminal }, { dataDir, output: format }) {
    const { checkDatabase } = await import('../../server/database.ts');
    const found = await checkDatabase({ dataDir, environment: terminal.environment });
    const { findings, unchecked, records, collections, count } = found;
    await print({ terminal, format }, { value: format === 'table' ? findings : found, table: () => rows(findings) });
    const lines = [
      ...unchecked.map(({ collection, why }) => `not compared with a schema: ${collection}: ${why}`),
      ...(count > findings.length ? [`${count - findings.length} more findings are not listed`] : []),
      `read ${records} records in ${collections} collections: ${count === 0 ? 'the store is whole' : `${count} findings`}`,
    ];
    await terminal.stderr.write(`${lines.join('\n')}\n`);
    return count === 0 ? exitCode.done : exitCode.failed;
  },
});

const rows = columns<Finding>({
  KIND: ({ kind }) => kind,
  COLLECTION: ({ collection }) => collection,
  KEY: ({ key }) => key,
  PROBLEM: ({ problem }) => problem,
  REMEDY: ({ remedy }) => remedy,
});

const compact = command({
  name: 'compact',
  summary: 'Give the free pages of the store of a stopped server back to the file system',
  arguments: {},
  options: { dataDir, output },
  examples: ['commissaire db compact', 'commissaire db compact --data-dir /var/lib/commissaire'],
  async handler({ terminal }, { dataDir, output: format }) {
    const { compactDatabase } = await import('../../server/database.ts');
    return print(
      { terminal, format },
      { value: await compactDatabase({ dataDir, environment: terminal.environment }) },
    );
  },
});

const stats = command({
  name: 'stats',
  summary: 'Show how much the store has of what, whether the server runs or not',
  arguments: {},
  options: { dataDir, output },
  examples: ['commissaire db stats', 'commissaire db stats -o json'],
  async handler({ terminal }, { dataDir, output: format }) {
    const { measureDatabase } = await import('../../server/database.ts');
    const found = await measureDatabase({ dataDir, environment: terminal.environment });
    const { file, size, free_bytes, collections } = found;
    await print(
      { terminal, format },
      { value: format === 'table' ? collections : found, table: () => sizes(collections) },
    );
    await terminal.stderr.write(`${file} has ${size} bytes; \`commissaire db compact\` gives ${free_bytes} back\n`);
    return exitCode.done;
  },
});

const sizes = columns<CollectionStats>({
  COLLECTION: ({ name }) => whole(name),
  RECORDS: ({ records }) => String(records),
  BYTES: ({ bytes }) => String(bytes),
  OLDEST: ({ oldest }) => oldest,
  NEWEST: ({ newest }) => newest,
});

export const database = group('db', 'Check, compact and measure the store', [check, compact, stats]);
