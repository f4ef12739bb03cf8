import { resolve } from 'node:path';
import { canonicalAddress } from '../lib/addresses.ts';
import { isCidr } from '../lib/cidr.ts';
import { isDestination } from '../lib/destinations.ts';
import { type DurationUnit, durationForms, readDuration, secondsIn, shownDuration } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';
import { proxyFault } from '../lib/proxies.ts';
import { entriesIn, isProxyException, proxyExceptionForms } from '../lib/proxy-exceptions.ts';
import { readSizeText, sizeForms } from '../lib/sizes.ts';
import { mapAll } from './faults.ts';
import { describeGiven, describeUnseen, fault, type Given } from './given.ts';

const trueWords = ['true', 'yes', 'on', '1'];
const falseWords = ['false', 'no', 'off', '0'];

/** @throws AppError `invalid_configuration` for anything but a non-empty string */
export function readText(given: Given): string {
  if (given.kind === 'scalar' && typeof given.value === 'string' && given.value !== '') return given.value;
  throw fault(given.where, `${describeUnseen(given)} is not what belongs here`, 'give a string that is not empty');
}

/**
 * The absolute form of a path; a relative one is relative to the working directory of the server, as in the original.
 */
export function readPath(given: Given): string {
  return resolve(readText(given));
}

/** Accepts digits in a string too: the original failed on `"listen-port": "8000"`, which existing files contain. */
export function readInteger(given: Given, [least, most]: readonly [number, number] = [0, 2 ** 31]): number {
  const value = given.kind === 'scalar' ? given.value : undefined;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw fault(given.where, `${describeGiven(given)} is not a number that fits`, `give one from ${least} to ${most}`);
}

/** The unit of the number and of the bounds. */
export interface DurationBounds {
  readonly unit: DurationUnit;
  readonly range: readonly [number, number];
}

/** A duration as a number of the unit, which may be a fraction: `36h` are 1.5 days. A number alone is in the unit. */
export function readDurationIn(given: Given, { unit, range: [least, most] }: DurationBounds): number {
  const text = given.kind === 'scalar' ? String(given.value) : '';
  const seconds = readDuration(text, unit);
  if (seconds === undefined) throw fault(given.where, `${describeGiven(given)} is no duration`, durationForms);
  const value = seconds / secondsIn(unit);
  if (value >= least && value <= most) return value;
  const [from, to] = [least, most].map((bound) => shownDuration(bound * secondsIn(unit)));
  throw fault(given.where, `${describeGiven(given)} is no duration that fits`, `give one from ${from} to ${to}`);
}

/** A number of bytes, with or without a unit: `10GiB`. */
export function readSize(
  given: Given,
  [least, most]: readonly [number, number] = [0, Number.MAX_SAFE_INTEGER],
): number {
  const text = given.kind === 'scalar' ? String(given.value) : '';
  const bytes = readSizeText(text);
  if (bytes === undefined) throw fault(given.where, `${describeGiven(given)} is no size`, sizeForms);
  if (bytes >= least && bytes <= most) return bytes;
  throw fault(
    given.where,
    `${describeGiven(given)} is not a size that fits`,
    `give one such as 500MiB or 10GiB, from ${least} bytes`,
  );
}

export function readBoolean(given: Given): boolean {
  const word = given.kind === 'scalar' ? String(given.value).toLowerCase() : '';
  if (trueWords.includes(word)) return true;
  if (falseWords.includes(word)) return false;
  throw fault(given.where, `${describeGiven(given)} is neither true nor false`, 'give true or false');
}

export function readChoice<Choice extends string>(given: Given, choices: readonly Choice[]): Choice {
  const word = given.kind === 'scalar' ? String(given.value).toLowerCase() : '';
  const choice = choices.find((candidate) => candidate === word);
  if (choice !== undefined) return choice;
  throw fault(given.where, `${describeGiven(given)} is not one of the choices`, `use one of ${choices.join(', ')}`);
}

export function readTexts(given: Given): string[] {
  if (given.kind === 'list') return mapAll(given.items, readText);
  throw fault(given.where, `${describeGiven(given)} is not a list`, 'give a list of strings: ["…", "…"]');
}

/** Addresses and networks in CIDR form (RFC 4632), unchanged. */
export function readNetworks(given: Given): string[] {
  return readTextsOf(given, isCidr, {
    otherwise: 'is neither an address nor a network',
    hint: 'give IPv4 or IPv6 addresses, or networks such as 192.0.2.0/24',
  });
}

/** Names, addresses and networks, with or without ports, unchanged. */
export function readDestinations(given: Given): string[] {
  return readTextsOf(given, isDestination, {
    otherwise: 'is no destination',
    hint: 'give names, addresses or networks, such as lb.example.com:443, 192.0.2.7, 192.0.2.0/24:8080 or [2001:db8::/32]:443',
  });
}

/** The URL of a proxy. The message does not repeat it, because it may hold a password. */
export function readProxy(given: Given): string {
  const text = readText(given);
  const problem = proxyFault(text);
  if (problem === undefined) return text;
  throw fault(given.where, `the proxy cannot be used: ${problem}`, 'give one such as http://proxy.example.com:3128');
}

/** Hosts that are reached without a proxy. One text may have several, between commas, as in `NO_PROXY`. */
export function readProxyExceptions(given: Given): string[] {
  const texts = given.kind === 'scalar' ? [readText(given)] : readTexts(given);
  const entries = entriesIn(texts);
  const wrong = entries.find((entry) => !isProxyException(entry));
  if (wrong === undefined) return entries;
  throw fault(given.where, `"${wrong}" names no host`, proxyExceptionForms);
}

function readTextsOf(
  given: Given,
  isRight: (text: string) => boolean,
  { otherwise, hint }: { otherwise: string; hint: string },
): string[] {
  const texts = readTexts(given);
  const wrong = texts.find((text) => !isRight(text));
  if (wrong === undefined) return texts;
  throw fault(given.where, `"${wrong}" ${otherwise}`, hint);
}

/** The address to listen on. One sample in the original's manual has the port here; the error explains that. */
export function readListenAddress(given: Given): string {
  const text = given.kind === 'scalar' && typeof given.value === 'number' ? String(given.value) : readText(given);
  try {
    return canonicalAddress(text);
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const fix = 'give an address such as 127.0.0.1, 0.0.0.0 or ::1; the port goes into listen-port';
    throw fault(given.where, `cannot listen on ${describeGiven(given)}: ${cause.message}`, fix, cause);
  }
}
