import type { Given } from './given.ts';
import type { LogLevel, LogModule, ModuleLevels } from './log-levels.ts';

/** The levels in the `logging` member of a file of the original. */
export interface OriginalLevels {
  readonly level: LogLevel | undefined;
  readonly modules: ModuleLevels;
  /** Loggers with a level that nothing here corresponds to. */
  readonly unknown: readonly string[];
}

/** Parts of the names of the original's loggers, which are named for its Python modules, and what does that work here. */
const modulesOf: readonly (readonly [RegExp, readonly LogModule[]])[] = [
  [/authentication/, ['auth']],
  [/container_?mgr|kubernetes|openshift|containermanager/, ['container-managers']],
  [/transport|ssh|ansible|paramiko/, ['ssh']],
  [/stor(e|age)|etcd|custodia/, ['store']],
  [/investigator|clusterexec|watcher|jobs|oscmd/, ['operations']],
  [/bus|kombu|amqp/, ['events']],
  [/http|cherrypy|wsgi|handlers|server|router|dispatcher/, ['api']],
];

/**
 * Reads the levels of a dictConfig of Python: `root`, and `loggers` by name. Its formatters and handlers have no
 * meaning here, and whatever is wrong with it is passed over, because the server of the original would have ended.
 */
export function originalLevels(given: Given | undefined): OriginalLevels {
  const loggers = membersOf(memberOf(given, 'loggers'));
  const ownRoot = levelOf(memberOf(given, 'root'));
  const modules: Partial<Record<LogModule, LogLevel>> = {};
  const unknown: string[] = [];
  let level = ownRoot;
  // The names with fewer parts first: the level of `commissaire.storage` precedes that of `commissaire`.
  const byDepth = loggers.toSorted((a, b) => a.name.split('.').length - b.name.split('.').length);
  for (const { name, value } of byDepth) {
    const wanted = levelOf(value);
    if (wanted === undefined) continue;
    const found = modulesOf.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
    if (found !== undefined) for (const module of found) modules[module] = wanted;
    else if (name === '' || /^commissaire([._-]service)?$/i.test(name)) level = wanted;
    else unknown.push(name);
  }
  return { level, modules, unknown };
}

function membersOf(given: Given | undefined) {
  return given?.kind === 'object' ? given.members : [];
}

function memberOf(given: Given | undefined, name: string): Given | undefined {
  return membersOf(given).find((member) => member.name === name)?.value;
}

/** By the documentation of Python's `logging`: `NOTSET` leaves the level to the parent. */
function levelOf(logger: Given | undefined): LogLevel | undefined {
  const given = memberOf(logger, 'level');
  if (given?.kind !== 'scalar') return undefined;
  const text = String(given.value).toUpperCase();
  const number = /^\d+$/.test(text) ? Number(text) : numbers[text];
  if (number === undefined || number === 0) return undefined;
  if (number < 10) return 'trace';
  if (number < 20) return 'debug';
  if (number < 30) return 'info';
  if (number < 40) return 'warn';
  return number < 50 ? 'error' : 'fatal';
}

const numbers: Readonly<Record<string, number>> = {
  CRITICAL: 50,
  FATAL: 50,
  ERROR: 40,
  WARN: 30,
  WARNING: 30,
  INFO: 20,
  DEBUG: 10,
  NOTSET: 0,
};
