import { hostname } from 'node:os';
import type { BackupConfiguration } from '../../config/backups.ts';
import { BackOff } from '../../lib/back-off.ts';
import { type Clock, parseTimestamp, timestamp } from '../../lib/clock.ts';
import { shownDuration } from '../../lib/durations.ts';
import { AppError, describeError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Part } from '../../lib/part.ts';
import type { ProxyFor } from '../../lib/proxies.ts';
import type { Leases, Store } from '../../store/contract.ts';
import type { Backups } from './backups.ts';
import { datedNames } from './directory.ts';
import { dueAfter } from './due.ts';
import { notKept } from './keep.ts';
import {
  type BackupScheduleStatus,
  backupStatusRecords,
  noStatus,
  type StoredBackupStatus,
  type TargetStatus,
} from './status.ts';
import { digestOf } from './targets/directory.ts';
import type { CopiedFile } from './targets/target.ts';
import { targetOf } from './targets/targets.ts';

export interface ScheduleOptions {
  readonly backups: Backups;
  readonly store: Store;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly configuration: BackupConfiguration;
  readonly proxyFor: ProxyFor;
  /** Reads the passphrase that seals the backups, each time, so that a changed file counts. @throws AppError */
  readonly readPassphrase: () => string | undefined;
}

/** A started server first does what it was started for. */
const afterStartMs = 10_000;
/** The calendar may jump, so that a long wait is divided. */
const longestWaitMs = 60_000;
const retryPauses = { first: 60_000, longest: 3_600_000 };

/** Makes backups by itself, removes old ones and copies the newest one to the targets. One server at a time does it. */
export class BackupSchedule implements Part {
  readonly #options: ScheduleOptions;
  readonly #stopping = new AbortController();
  readonly #pauses = new BackOff(retryPauses);
  #running: Promise<void> | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    if (this.#options.configuration.schedule !== undefined) this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await this.#running;
  }

  /** How it goes. */
  async status(): Promise<BackupScheduleStatus> {
    const { configuration } = this.#options;
    const status = await this.#read();
    const next = this.#due(status);
    return {
      schedule: scheduleText(configuration),
      next_at: next === undefined ? '' : timestamp(new Date(Math.max(next, this.#options.clock.now().getTime()))),
      directory: configuration.directory,
      ...status,
    };
  }

  async #run(): Promise<void> {
    const { clock, leases, logger } = this.#options;
    const { signal } = this.#stopping;
    try {
      await clock.sleep(afterStartMs, signal);
      await using _lease = await leases.take('backup-schedule', signal);
      while (!signal.aborted) {
        const isWell = await this.#pass();
        if (isWell) this.#pauses.reset();
        await this.#wait(isWell ? Number.POSITIVE_INFINITY : this.#pauses.next());
      }
    } catch (error) {
      if (!signal.aborted) logger.error({ error: describeError(error) }, 'backups are not made by themselves any more');
    }
  }

  /** Until the next backup is due, or the pause is over. */
  async #wait(pauseMs: number): Promise<void> {
    const { clock } = this.#options;
    const over = clock.monotonic() + pauseMs;
    for (;;) {
      const left = over - clock.monotonic();
      const due = (this.#due(await this.#read()) ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
      // After a failure the backup is due all the time.
      const wait = Number.isFinite(pauseMs) ? left : due;
      if (wait <= 0) return;
      await clock.sleep(Math.min(wait, longestWaitMs), this.#stopping.signal);
    }
  }

  /** Does what is due. False when something failed and is to be tried again. */
  async #pass(): Promise<boolean> {
    const { clock } = this.#options;
    const due = this.#due(await this.#read());
    const isMade = due === undefined || due > clock.now().getTime() || (await this.#make());
    return (await this.#copyAll()) && isMade;
  }

  async #make(): Promise<boolean> {
    const { backups, clock, readPassphrase } = this.#options;
    try {
      const { name } = await backups.create({ passphrase: readPassphrase(), withMasterKey: true });
      const made_at = timestamp(clock.now());
      await this.#write((status) => ({ ...status, made: name, made_at, failed_at: '', reason: '', failures: 0 }));
      await this.#prune();
      return true;
    } catch (error) {
      this.#stopping.signal.throwIfAborted();
      const [failed_at, reason] = [timestamp(clock.now()), describeError(error)];
      await this.#write((status) => ({ ...status, failed_at, reason, failures: status.failures + 1 }));
      return false;
    }
  }

  /** Only backups whose names say that this machine made them. */
  async #prune(): Promise<void> {
    const { backups, configuration } = this.#options;
    const own = datedNames(backups.directory.names(), hostname());
    for (const { name } of notKept(own, configuration.keep)) await backups.delete(name);
  }

  async #copyAll(): Promise<boolean> {
    const { configuration, backups } = this.#options;
    const { made, targets } = await this.#read();
    const late = configuration.targets.filter(
      ({ name }) => targets.find((each) => each.name === name)?.copied !== made,
    );
    if (made === '' || late.length === 0 || !backups.directory.names().includes(made)) return true;
    const file = await this.#fileOf(made);
    const copied = [];
    for (const target of late) copied.push(await this.#copy(target, file));
    return copied.every((isCopied) => isCopied);
  }

  async #copy(configured: BackupConfiguration['targets'][number], file: CopiedFile): Promise<boolean> {
    const { clock, logger, proxyFor } = this.#options;
    const { signal } = this.#stopping;
    const { name, keep } = configured;
    try {
      const target = targetOf(configured, proxyFor);
      await target.copy(file, signal);
      const copied = { name, copied: file.name, copied_at: timestamp(clock.now()), reason: '', failures: 0 };
      await this.#writeTarget(name, () => copied, 'copied', file.name);
      if (keep !== undefined) await target.prune?.(hostname(), keep, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const reason = describeError(error);
      logger.error({ target: name, backup: file.name, error: reason }, 'a backup could not be copied');
      const failed = (status: TargetStatus) => ({ ...status, reason, failures: status.failures + 1 });
      await this.#writeTarget(name, failed, 'failed', file.name, reason);
      return false;
    }
  }

  async #fileOf(name: string): Promise<CopiedFile> {
    const { directory } = this.#options.backups;
    const path = directory.fileOf(name);
    return { name, path, size: directory.get(name).size, sha256: await digestOf(path, this.#stopping.signal) };
  }

  #due({ made_at }: StoredBackupStatus): number | undefined {
    const { schedule } = this.#options.configuration;
    return schedule && dueAfter(schedule, made_at === '' ? undefined : parseTimestamp(made_at));
  }

  async #read(): Promise<StoredBackupStatus> {
    return (await this.#options.store.get(backupStatusRecords, 'last'))?.value ?? noStatus;
  }

  #write(change: (status: StoredBackupStatus) => StoredBackupStatus): Promise<void> {
    return this.#options.store.transact(async (tx) => {
      tx.put(backupStatusRecords, 'last', change((await tx.get(backupStatusRecords, 'last'))?.value ?? noStatus));
    }, 'audit');
  }

  #writeTarget(
    name: string,
    change: (status: TargetStatus) => TargetStatus,
    action: 'copied' | 'failed',
    key: string,
    reason?: string,
  ): Promise<void> {
    return this.#options.store.transact(async (tx) => {
      const status = (await tx.get(backupStatusRecords, 'last'))?.value ?? noStatus;
      const before = status.targets.find((each) => each.name === name);
      const after = change(before ?? { name, copied: '', copied_at: '', reason: '', failures: 0 });
      const others = status.targets.filter((each) => each.name !== name);
      tx.put(backupStatusRecords, 'last', { ...status, targets: [...others, after] });
      tx.emit({ type: 'backup', action, key, data: { target: name, ...(reason === undefined ? {} : { reason }) } });
    }, 'audit');
  }
}

function scheduleText({ schedule }: BackupConfiguration): string {
  if (schedule === undefined) return '';
  if (schedule.kind === 'interval') return `every ${shownDuration(schedule.seconds)}`;
  const [hours, minutes] = [Math.floor(schedule.minutes / 60), schedule.minutes % 60];
  return `daily at ${[hours, minutes].map((part) => String(part).padStart(2, '0')).join(':')}`;
}
