import { type Static, Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { readRebootTimeout, rebootTimeoutName, rebootTimeoutRule } from '../lib/reboot-timeout.ts';

/** Accepts any name: a schema with the allowed ones would silently drop the others, so `changedLabels` checks them. */
const Key = t.String({ pattern: '^[^]*$' });
const form = 'a text of at most 255 letters, digits, "_", ".", ":", "/", "@" and "-"';
const Value = t.String({ pattern: '^[A-Za-z0-9_.:/@-]{0,255}$', form });

const key = /^[A-Za-z0-9_.-]{1,63}$/;
const maxLabels = 64;

/** What an operator declares about a host: `{"rack": "3", "role": "db"}`. */
export const Labels = t.Record(Key, Value, { description: 'What operators declare about it, as keys with values' });
export type Labels = Static<typeof Labels>;

/** Labels to set; null removes one (RFC 7396). */
export const LabelChange = t.Record(
  Key,
  t.Union([Value, t.Null()], { description: `${form}, or null`, form: `${form}, or null` }),
);
export type LabelChange = Static<typeof LabelChange>;

/** The labels after the change, in the order of their names. @throws AppError `invalid_member` */
export function changedLabels(labels: Labels, change: LabelChange): Labels {
  const wrong = Object.keys(change).find((name) => !key.test(name));
  if (wrong !== undefined) {
    throw new AppError('invalid_member', `"${wrong.slice(0, 80)}" is not the key of a label`, {
      hint: 'use 1 to 63 letters, digits, "_", "." and "-"',
      details: { member: wrong.slice(0, 80) },
    });
  }
  checkRebootTimeout(change);
  const merged: LabelChange = { ...labels, ...change };
  const left = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null);
  if (left.length > maxLabels) {
    throw new AppError('invalid_member', `a host has at most ${maxLabels} labels, these are ${left.length}`, {
      hint: 'remove some of them',
    });
  }
  return Object.fromEntries(left.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** The one label that the server itself reads. @throws AppError `invalid_member` */
function checkRebootTimeout({ [rebootTimeoutName]: value = null }: LabelChange): void {
  if (value === null || readRebootTimeout(value) !== undefined) return;
  throw new AppError('invalid_member', `the label ${rebootTimeoutName}=${value} is not ${rebootTimeoutRule}`, {
    hint: 'it says how long the machine may take to come back from a reboot; use another key for anything else',
    details: { member: rebootTimeoutName },
  });
}
