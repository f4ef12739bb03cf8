import { type Static, Type as t } from '@sinclair/typebox';
import { records } from '../../store/contract.ts';

const when = (description: string) => t.String({ description });

/** How the copying to one target goes. */
export const TargetStatus = t.Object({
  name: t.String({ description: 'The name of the target' }),
  copied: t.String({ description: 'The newest backup that is there; empty when there is none' }),
  copied_at: when('When it was copied'),
  reason: t.String({ description: 'Why the last attempt failed; empty when it did not' }),
  failures: t.Integer({ description: 'Attempts that failed since the last one that did not' }),
});
export type TargetStatus = Static<typeof TargetStatus>;

/** How the backups that a server makes by itself go. The one record of its collection is `last`. */
export const StoredBackupStatus = t.Object({
  made: t.String({ description: 'The newest backup that was made by itself; empty when there is none' }),
  made_at: when('When it was made'),
  failed_at: when('When the last attempt failed; empty when it did not'),
  reason: t.String({ description: 'Why it failed' }),
  failures: t.Integer({ description: 'Attempts that failed since the last one that did not' }),
  targets: t.Array(TargetStatus),
});
export type StoredBackupStatus = Static<typeof StoredBackupStatus>;

export const backupStatusRecords = records<StoredBackupStatus>('backup-status');

export const noStatus: StoredBackupStatus = {
  made: '',
  made_at: '',
  failed_at: '',
  reason: '',
  failures: 0,
  targets: [],
};

/** The same as a caller sees it. */
export const BackupScheduleStatus = t.Object({
  schedule: t.String({ description: 'When backups are made, such as "every 6h" or "daily at 02:30"; empty for never' }),
  next_at: when('When the next one is due; empty for never'),
  directory: t.String({ description: 'Where they are' }),
  ...StoredBackupStatus.properties,
});
export type BackupScheduleStatus = Static<typeof BackupScheduleStatus>;
