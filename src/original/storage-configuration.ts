import { readFileSync } from 'node:fs';
import { AppError } from '../lib/errors.ts';
import { parsedJson } from '../lib/nesting.ts';
import { isObject } from '../lib/objects.ts';
import { systemReason } from '../lib/system-reason.ts';

/** What a configuration file of the original says about its store (contract 10.2, 11.1, 11.2). */
export interface StorageConfiguration {
  readonly serverUrl?: string;
  readonly certificatePath?: string;
  readonly certificateKeyPath?: string;
  readonly certificateCaPath?: string;
  readonly custodiaSocketPath?: string;
}

/**
 * Reads `storage.conf` of the original, or the file of an older version in which the server has the handlers.
 *
 * @throws AppError `invalid_configuration`
 */
export function readStorageConfiguration(file: string): StorageConfiguration {
  const configuration = parsedJson(textOf(file));
  if (!isObject(configuration)) throw unusable(`${file} is not a JSON object`);
  const members = underscored(configuration);
  const handler = etcdHandler(members.storage_handlers ?? members.register_store_handler);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const found = {
    serverUrl: text(handler.server_url),
    certificatePath: text(handler.certificate_path),
    certificateKeyPath: text(handler.certificate_key_path),
    certificateCaPath: text(handler.certificate_ca_path),
    custodiaSocketPath: text(members.custodia_socket_path),
  };
  const given = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length === 0) throw unusable(`${file} names neither an etcd nor a Custodia`);
  return given;
}

/** The handler for etcd, which is named by its type or, in older versions, by its name; empty when there is none. */
function etcdHandler(handlers: unknown): Record<string, unknown> {
  const all = (Array.isArray(handlers) ? handlers : [handlers]).filter(isObject).map(underscored);
  return all.find(({ type, name }) => /etcd/.test(String(type ?? name))) ?? {};
}

/** The original reads hyphens in names of members as underscores. */
function underscored(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name.replaceAll('-', '_'), value]));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(`cannot read ${file}: ${systemReason(error)}`);
  }
}

function unusable(message: string): AppError {
  return new AppError('invalid_configuration', message, {
    hint: 'give the configuration of the storage service, usually /etc/commissaire/storage.conf',
  });
}
