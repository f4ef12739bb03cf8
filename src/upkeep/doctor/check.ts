import type { ServerConfiguration } from '../../config/configuration.ts';
import type { Clock } from '../../lib/clock.ts';
import type { StoredSnapshot } from '../../store/read-only.ts';

export type Verdict = 'ok' | 'warning' | 'failure';

/** The headings of the report, in its order. */
export const groups = ['configuration', 'machine', 'data', 'certificates', 'server', 'network'] as const;
export type Group = (typeof groups)[number];

/** What a check found, and what to do about it. */
export interface Found {
  readonly verdict: Verdict;
  /** What the finding is about, where the check has several, such as a file. */
  readonly about?: string;
  /** One line. */
  readonly found: string;
  /** What to do, as a sentence or a command; there is one with every warning and failure. */
  readonly remedy?: string;
}

export interface Finding extends Found {
  readonly check: string;
  readonly group: Group;
}

/** A server that answers. */
export interface RunningServer {
  readonly pid: number | undefined;
  readonly version: string | undefined;
}

/** The installation that is examined. Nothing in it is ever changed. */
export interface Site {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  /** The file that was read, if any. */
  readonly configurationFile: string | undefined;
  /** Undefined when the configuration has faults: the checks that need it then find nothing. */
  readonly configuration: ServerConfiguration | undefined;
  /** One line each, with place and fix. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
  /** Whether the server renews the certificate that it shows. */
  readonly renewsCertificate: boolean;
  /** Opens a snapshot of the store. @throws AppError `store_unusable` */
  readonly openStore: () => Promise<StoredSnapshot>;
  /** The URLs of container managers, with the CAs that sign them. @throws AppError `store_unusable` */
  readonly containerManagers: () => Promise<readonly Endpoint[]>;
  readonly server: RunningServer | undefined;
  /** When the newest record was written, in milliseconds since the epoch; undefined without one. */
  readonly newestRecordAt: () => Promise<number | undefined>;
  /** What is kept up to a limit. @throws AppError `store_unusable` */
  readonly kept: () => Promise<readonly Kept[]>;
}

/** Records that are kept up to the limit of an option. */
export interface Kept {
  readonly what: string;
  readonly option: string;
  readonly present: number;
  readonly limit: number;
  readonly inBytes?: boolean;
}

/** Another server that ours has to reach. */
export interface Endpoint {
  /** What it is to us, such as `hook chat`. */
  readonly what: string;
  /** Without path and credentials. */
  readonly url: string;
  /** PEM of the CAs that sign its certificate, instead of those of the system. */
  readonly authority?: string | undefined;
  readonly insecure?: boolean;
}

export interface Check {
  readonly name: string;
  readonly group: Group;
  /** What it found. An error that it throws is a failure of its own. The signal ends it at its deadline. */
  run(site: Site, signal: AbortSignal): Promise<readonly Found[]> | readonly Found[];
}
