import type { Value } from './value.ts';

/**
 * The value of a plain scalar, by the rules of YAML 1.1 as PyYAML has them: `022` is 18, `22:22` is 1342, `yes` is true
 * and `y` a text. Returns undefined for the text `=`, which PyYAML refuses.
 */
export function plainScalar(source: string): Value | undefined {
  if (source === '=') return undefined;
  if (/^(?:~|null|Null|NULL|)$/.test(source)) return { type: 'none' };
  const whole = wholeNumber(source);
  if (whole !== undefined) return { type: 'number', text: String(whole) };
  return truth.test(source) || float.test(source) || timestamp.test(source)
    ? { type: 'other' }
    : { type: 'text', text: source };
}

const truth = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const float =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const timestamp = /^\d{4}-(?:\d{2}-\d{2}$|\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?)/;

function wholeNumber(source: string): bigint | undefined {
  const [, sign = '', digits = ''] = /^([-+]?)(\d[\w:]*)$/.exec(source) ?? [];
  const size = sizeOf(digits);
  if (size === undefined) return undefined;
  return sign === '-' ? -size : size;
}

function sizeOf(digits: string): bigint | undefined {
  const bare = digits.replaceAll('_', '');
  if (/^0b[01_]+$/.test(digits) || /^0x[\da-fA-F_]+$/.test(digits)) return bare.length > 2 ? BigInt(bare) : undefined;
  if (/^0[0-7_]+$/.test(digits)) return bare === '0' ? 0n : BigInt(`0o${bare.slice(1)}`);
  if (/^(?:0|[1-9][\d_]*)$/.test(digits)) return BigInt(bare);
  if (!/^[1-9][\d_]*(?::[0-5]?\d)+$/.test(digits)) return undefined;
  return bare.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}
