import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../../../lib/errors.ts';
import { Derivation } from '../../../store/passphrase.ts';
import { damaged } from './damaged.ts';

/** The version of the form of the file. A later form that this build cannot read has a higher one. */
export const formatVersion = 1;

/** How the content is encrypted: see `sealing`. */
export const SealedWith = t.Object({
  cipher: t.Literal('AES-256-GCM-STREAM'),
  derivation: Derivation,
  /** The first seven bytes of each nonce, base64url. */
  nonce: t.String(),
  /** By which a wrong passphrase is told from a changed file, base64url. */
  check: t.String(),
});
export type SealedWith = Static<typeof SealedWith>;

/** Whether the master key is in a backup, and protected by its passphrase. */
export const MasterKeyState = t.Union([t.Literal('plain'), t.Literal('wrapped'), t.Literal('left_out')]);
export type MasterKeyState = Static<typeof MasterKeyState>;

/** What a backup says of itself before its content, which may be sealed. */
export const BackupHeader = t.Object({
  commissaire_backup: t.Integer(),
  /** The build that wrote it. */
  version: t.String(),
  created_at: t.String(),
  /** The name of the machine. */
  host: t.String(),
  master_key: MasterKeyState,
  sealed: t.Union([SealedWith, t.Null()]),
});
export type BackupHeader = Static<typeof BackupHeader>;

/** @throws AppError `backup_newer`, `backup_damaged` */
export function parsedHeader(text: string): BackupHeader {
  const value = parsed(text);
  const found = Value.Check(t.Object({ commissaire_backup: t.Integer() }), value)
    ? value.commissaire_backup
    : undefined;
  if (found !== undefined && found > formatVersion) {
    throw new AppError('backup_newer', `the backup has the form ${found}, and this build knows ${formatVersion}`, {
      hint: 'use the version of commissaire that wrote it, or a later one',
    });
  }
  if (Value.Check(BackupHeader, value)) return value;
  throw damaged('its header is not that of a backup');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
