import { suggestName } from '../lib/nearest.ts';
import { mapAll } from './faults.ts';
import { describeGiven, fault, type Given, givenScalar } from './given.ts';
import { readChoice } from './values.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The modules of the server whose log can have a level of its own. A line says its module. */
export const logModules = [
  'api',
  'audit',
  'auth',
  'container-managers',
  'events',
  'hooks',
  'inventory',
  'operations',
  'server',
  'ssh',
  'store',
  'telemetry',
] as const;
export type LogModule = (typeof logModules)[number];

/** Levels of modules that have their own. */
export type ModuleLevels = Readonly<Partial<Record<LogModule, LogLevel>>>;

/**
 * Reads `{"ssh": "debug"}`, or the same as a text: `ssh=debug,store=warn`.
 *
 * @throws AppError `invalid_configuration`
 */
export function readModuleLevels(given: Given): ModuleLevels {
  const pairs = mapAll(pairsOf(given), ({ name, where, value }) => {
    const module = logModules.find((each) => each === name.replaceAll('_', '-'));
    if (module !== undefined) return [module, readChoice(value, logLevels)] as const;
    throw fault(where, `"${name}" is no module of the log`, suggestName(name, logModules));
  });
  return Object.fromEntries(pairs);
}

function pairsOf(given: Given): { name: string; where: string; value: Given }[] {
  if (given.kind === 'object') return [...given.members];
  const { where } = given;
  if (given.kind === 'list' || typeof given.value !== 'string') {
    throw fault(where, `${describeGiven(given)} has no levels of modules`, form);
  }
  const words = given.value.split(/[\s,]+/).filter((word) => word !== '');
  return mapAll(words, (word) => {
    const [, name = '', level = ''] = /^([^=]+)=([^=]+)$/.exec(word) ?? [];
    if (name === '') throw fault(where, `"${word}" is not MODULE=LEVEL`, form);
    return { name, where, value: givenScalar(where, level) };
  });
}

const form = 'give modules with levels, such as ssh=debug,store=warn, or in the file {"ssh": "debug"}';
