import type { RootDatabase } from 'lmdb';
import type { StoreUsage } from './commit-watch.ts';
import type { AnyCollection } from './contract.ts';
import type { LmdbRecords } from './lmdb-records.ts';

/** What mdb_stat says of one table, as lmdb names it. */
interface TableStats {
  readonly pageSize: number;
  readonly entryCount: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** The same of the environment: LMDB's own two tables, and the last page of the file that was ever used. */
interface RootStats extends TableStats {
  readonly lastPageNumber: number;
  readonly root: TableStats;
  readonly free: TableStats;
}

/** The pages at the beginning of the file that say where its tables are. */
const metaPages = 2;

/** Reads a few numbers of each table, and no values. */
export function usageOf(
  root: RootDatabase<unknown, string>,
  records: LmdbRecords,
  collections: readonly AnyCollection[],
): StoreUsage {
  const stats = root.getStats() as RootStats;
  const byName = new Map(collections.map((each) => [each.name, records.statsOf(each) as TableStats]));
  const tables = [...byName.values()];
  const pages = [stats.root, stats.free, ...tables].reduce((sum, table) => sum + pagesOf(table), metaPages);
  const entries = new Map(Array.from(byName, ([name, { entryCount }]) => [name, entryCount] as const));
  return { fileBytes: (stats.lastPageNumber + 1) * stats.pageSize, usedBytes: pages * stats.pageSize, entries };
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TableStats): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
