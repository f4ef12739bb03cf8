import type { Argument, Option, Options } from '../../../src/cli/declaration.ts';
import { kebab } from '../../../src/cli/kebab.ts';
import { bold, italic, item, type Roff, section } from './roff.ts';

/** The options of a command in full, by their headings; those that it refuses are left out. */
export function optionSections(options: Options): Roff {
  const shown = Object.entries(options).filter(([, { refused }]) => refused === undefined);
  const byHeading = Map.groupBy(shown, ([, { heading = 'Options' }]) => heading);
  return [...byHeading].flatMap(([heading, entries]) =>
    section(heading, ...entries.map(([name, option]) => item(flags(name, option), optionText(option)))),
  );
}

export function argumentItems(args: Readonly<Record<string, Argument>>): Roff {
  return Object.entries(args).flatMap(([name, { summary }]) => item(italic(kebab(name)), sentence(summary)));
}

/** `<address>` as it stands in a synopsis. */
export function argumentLabel([name, { many, optional }]: [string, Argument]): string {
  const label = `${italic(kebab(name))}${many ? ' ...' : ''}`;
  return optional ? `[${label}]` : label;
}

function flags(name: string, { type, short, placeholder, valueIfBare }: Option): string {
  const words = kebab(name);
  const label = italic(placeholder ?? (type === 'duration' ? 'DURATION' : words.toUpperCase()));
  const value = type === 'flag' ? '' : valueIfBare === undefined ? ` ${label}` : ` [${label}]`;
  return `${short === undefined ? '' : `${bold(`-${short}`)}, `}${bold(`--${words}`)}${value}`;
}

function optionText({
  summary,
  type,
  choices,
  prefixes = [],
  default: value,
  minimum,
  maximum,
  required,
}: Option): string {
  const values = [...(choices ?? []), ...prefixes.map((prefix) => `${prefix}…`)];
  return [
    sentence(summary),
    ...(values.length === 0 || summary.includes(':') ? [] : [`One of ${values.map(code).join(', ')}.`]),
    ...(type === 'list' ? ['May be repeated.'] : []),
    ...(type === 'duration' ? ['A number of seconds, or with units, such as `90s`, `5m`, `1h30m`.'] : []),
    ...(minimum === undefined && maximum === undefined ? [] : [boundsText(minimum, maximum)]),
    ...(value === undefined || value === '' ? [] : [`The default is ${code(String(value))}.`]),
    ...(required ? ['Required.'] : []),
  ].join(' ');
}

function boundsText(minimum: number | undefined, maximum: number | undefined): string {
  if (maximum === undefined) return `At least ${minimum}.`;
  return minimum === undefined ? `At most ${maximum}.` : `From ${minimum} to ${maximum}.`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** With a capital and a full stop. */
export function sentence(summary: string): string {
  const begun = summary.charAt(0).toUpperCase() + summary.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}
