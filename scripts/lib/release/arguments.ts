import { parseArgs } from 'node:util';
import manifest from '../../../package.json' with { type: 'json' };
import type { Effort } from './compressed.ts';
import { type Target, targetNamed, targets } from './targets.ts';
import { checkedVersion } from './version.ts';

/** What `scripts/release` was asked for. */
export interface ReleaseOptions {
  readonly version: string;
  /** The release is made in `OUT/VERSION/`, and the kit beside it. */
  readonly out: string;
  readonly targets: readonly Target[];
  readonly signingKey: string | undefined;
  readonly baseUrl: string;
  readonly channel: string;
  readonly effort: Effort;
  readonly packages: boolean;
}

export type Asked =
  | { readonly kind: 'release'; readonly options: ReleaseOptions }
  | { readonly kind: 'new-signing-key'; readonly file: string }
  | { readonly kind: 'help' };

/** @throws Error for what it does not know */
export function parseReleaseArguments(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      version: { type: 'string', default: manifest.version },
      out: { type: 'string', default: 'dist/release' },
      targets: { type: 'string', default: targets.map(({ name }) => name).join(',') },
      'signing-key': { type: 'string' },
      'base-url': { type: 'string', default: '' },
      channel: { type: 'string', default: 'stable' },
      quick: { type: 'boolean', default: false },
      'no-packages': { type: 'boolean', default: false },
      'new-signing-key': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values['new-signing-key'] !== undefined) return { kind: 'new-signing-key', file: values['new-signing-key'] };
  if (!/^[a-z0-9-]+$/.test(values.channel))
    throw new Error(`the channel "${values.channel}" must be a word like stable`);
  return {
    kind: 'release',
    options: {
      version: checkedVersion(values.version),
      out: values.out,
      targets: values.targets.split(/[ ,]+/).filter(Boolean).map(targetNamed),
      signingKey: values['signing-key'],
      baseUrl: values['base-url'].replace(/\/+$/, ''),
      channel: values.channel,
      effort: values.quick ? 'quick' : 'best',
      packages: !values['no-packages'],
    },
  };
}
