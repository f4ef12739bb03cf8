import { readBackupTargets, readKeep, readTimeOfDay } from './backups.ts';
import { readCollectorUrl } from './collector-url.ts';
import { readEndpoint } from './endpoint.ts';
import type { Given } from './given.ts';
import { readHooks } from './hooks.ts';
import { readModuleLevels } from './log-levels.ts';
import { boundsOf, type ServerOption } from './options.ts';
import { readPlugins } from './plugins.ts';
import { readBindings, readRoles } from './roles.ts';
import {
  readBoolean,
  readChoice,
  readDestinations,
  readDurationIn,
  readInteger,
  readListenAddress,
  readNetworks,
  readProxy,
  readProxyExceptions,
  readSize,
  readText,
  readTexts,
} from './values.ts';

/**
 * Checks a value against its option, whatever its source: a fault in the file is reported even when a flag overrides
 * it.
 *
 * @throws AppError `invalid_configuration`
 */
export function checkValue(option: ServerOption, given: Given): void {
  switch (option.type) {
    case 'integer':
      readInteger(given, option.range);
      return;
    case 'duration':
      readDurationIn(given, boundsOf(option));
      return;
    case 'size':
      readSize(given, option.range);
      return;
    case 'boolean':
      readBoolean(given);
      return;
    case 'choice':
      readChoice(given, option.choices ?? []);
      return;
    case 'list':
      readTexts(given);
      return;
    case 'networks':
      readNetworks(given);
      return;
    case 'destinations':
      readDestinations(given);
      return;
    case 'proxy':
      readProxy(given);
      return;
    case 'exceptions':
      readProxyExceptions(given);
      return;
    case 'plugins':
      readPlugins(given);
      return;
    case 'hooks':
      readHooks(given);
      return;
    case 'time':
      readTimeOfDay(given);
      return;
    case 'keep':
      readKeep(given);
      return;
    case 'targets':
      readBackupTargets(given);
      return;
    case 'address':
      readListenAddress(given);
      return;
    case 'roles':
      readRoles(given);
      return;
    case 'bindings':
      readBindings(given);
      return;
    case 'levels':
      readModuleLevels(given);
      return;
    case 'endpoint':
      readEndpoint(given);
      return;
    case 'url':
      readCollectorUrl(given);
      return;
    case 'path':
    case 'name':
      readText(given);
      return;
    case 'logging':
    case 'ignored':
      return;
  }
}
