import { join } from 'node:path';
import type { Terminal } from '../terminal.ts';
import { checkedContextName } from './document.ts';

/** What names the configuration file, and the context in it. */
export interface GivenPlace {
  /** `--config` */
  readonly config: string | undefined;
  /** `--context` */
  readonly context: string | undefined;
}

/** A configuration file and a context in it. */
export interface ConfigurationPlace {
  readonly path: string;
  /** Whether a person named the file: then it must exist. */
  readonly isNamed: boolean;
  /** The context that is named beside the file, if any: it overrides the one that the file names. */
  readonly context: string | undefined;
}

type Surroundings = Pick<Terminal, 'environment' | 'homeDirectory'>;

/** @throws UsageError for a context with an impossible name */
export function configurationPlace(
  { config, context = undefined }: GivenPlace,
  { environment: { COMMCTL_CONFIG, COMMCTL_CONTEXT }, homeDirectory }: Surroundings,
): ConfigurationPlace {
  const named = config ?? COMMCTL_CONFIG;
  const wanted =
    context === undefined
      ? COMMCTL_CONTEXT && checkedContextName(COMMCTL_CONTEXT, '$COMMCTL_CONTEXT: ')
      : checkedContextName(context, '--context: ');
  return {
    path: named ?? join(homeDirectory, '.commissaire.json'),
    isNamed: named !== undefined,
    context: wanted || undefined,
  };
}
