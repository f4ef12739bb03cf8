import { type Polynomial, p, q } from './ring.ts';

/** Numbers below this are not made smaller before they are put together (NTRU Prime, round 3, section 3.4). */
const limit = 16_384;

/** Numbers `R[i]` below `M[i]` as bytes: two become one again and again, whose low bytes go out. */
function encode(numbers: readonly number[], moduli: readonly number[]): number[] {
  const out: number[] = [];
  const nextNumbers: number[] = [];
  const nextModuli: number[] = [];
  const last = numbers.length === 1;
  for (let i = 0; i < numbers.length; i += 2) {
    const [r0 = 0, r1 = 0] = numbers.slice(i, i + 2);
    const [m0 = 1, m1 = 1] = moduli.slice(i, i + 2);
    let r = r0 + r1 * m0;
    let m = m0 * m1;
    while (last ? m > 1 : m >= limit && i + 1 < numbers.length) {
      out.push(r & 255);
      r >>>= 8;
      m = (m + 255) >>> 8;
    }
    nextNumbers.push(r);
    nextModuli.push(m);
  }
  return last ? out : [...out, ...encode(nextNumbers, nextModuli)];
}

function decode(bytes: Uint8Array, moduli: readonly number[]): number[] {
  const [only = 1] = moduli;
  if (moduli.length === 1) {
    const number = (bytes[0] ?? 0) + 256 * (only > 256 ? (bytes[1] ?? 0) : 0);
    return [number % only];
  }
  let read = 0;
  const pairs: Array<{ low: number; shift: number; modulus: number }> = [];
  for (let i = 0; i < moduli.length; i += 2) {
    const [m0 = 1, m1] = moduli.slice(i, i + 2);
    let [low, shift, modulus] = [0, 1, m0 * (m1 ?? 1)];
    while (m1 !== undefined && modulus >= limit) {
      low += shift * (bytes[read] ?? 0);
      read += 1;
      shift *= 256;
      modulus = (modulus + 255) >>> 8;
    }
    pairs.push({ low, shift, modulus });
  }
  const high = decode(
    bytes.subarray(read),
    pairs.map(({ modulus }) => modulus),
  );
  return pairs.flatMap(({ low, shift }, pair) => {
    const number = low + shift * (high[pair] ?? 0);
    const [m0 = 1, m1] = moduli.slice(2 * pair, 2 * pair + 2);
    return m1 === undefined ? [number] : [number % m0, Math.floor(number / m0) % m1];
  });
}

const half = (q - 1) / 2;
const moduli = new Array<number>(p).fill(q);
/** Of coefficients that are multiples of 3. */
const roundedModuli = new Array<number>(p).fill((q + 2) / 3);

export const encodePolynomial = (polynomial: Polynomial): Buffer =>
  Buffer.from(
    encode(
      [...polynomial].map((coefficient) => coefficient + half),
      moduli,
    ),
  );

export const encodeRounded = (polynomial: Polynomial): Buffer =>
  Buffer.from(
    encode(
      [...polynomial].map((coefficient) => (coefficient + half) / 3),
      roundedModuli,
    ),
  );

export const decodeRounded = (bytes: Uint8Array): Polynomial =>
  Int32Array.from(decode(bytes, roundedModuli), (number) => number * 3 - half);

/** Coefficients -1, 0 and 1, four to a byte. */
export function encodeSmall(polynomial: Polynomial): Buffer {
  const bytes = Buffer.alloc(Math.ceil(p / 4));
  polynomial.forEach((coefficient, i) => {
    bytes[i >> 2] = (bytes[i >> 2] ?? 0) | ((coefficient + 1) << (2 * (i & 3)));
  });
  return bytes;
}
