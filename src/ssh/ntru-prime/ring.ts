/** The parameters of sntrup761 (NTRU Prime, round 3, section 3): polynomials modulo x^p - x - 1. */
export const p = 761;
export const q = 4591;
/** The number of coefficients of a short polynomial that are not zero. */
export const weight = 286;

/** Coefficients from the constant one on, each the residue next to zero: -1, 0, 1 modulo 3, ±2295 modulo `q`. */
export type Polynomial = Int32Array;

/** The residue next to zero of a number of at most 32 bits; without a division, which takes most of the time otherwise. */
export function residue(value: number, modulus: number): number {
  return value - modulus * Math.floor(value * (1 / modulus) + 0.5);
}

/** The product modulo `modulus`. @param small a polynomial whose coefficients are -1, 0 or 1: sums stay small */
export function product(a: Polynomial, small: Polynomial, modulus: number): Polynomial {
  const sums = new Int32Array(2 * p - 1);
  for (let i = 0; i < p; i++) {
    const factor = small[i] ?? 0;
    if (factor === 0) continue;
    for (let j = 0; j < p; j++) add(sums, i + j, factor * (a[j] ?? 0));
  }
  // x^p is x + 1.
  for (let i = 2 * p - 2; i >= p; i--) {
    add(sums, i - p, sums[i] ?? 0);
    add(sums, i - p + 1, sums[i] ?? 0);
  }
  return sums.subarray(0, p).map((sum) => residue(sum, modulus));
}

function add(to: Int32Array, index: number, value: number): void {
  to[index] = (to[index] ?? 0) + value;
}

/**
 * The reciprocal modulo the prime `modulus`, undefined when there is none: the algorithm of Bernstein and Yang ("Fast
 * constant-time gcd computation and modular inversion", 2019, section 5).
 */
export function reciprocal(of: Polynomial, modulus: number): Polynomial | undefined {
  let f = new Int32Array(p + 1);
  let g = new Int32Array(p + 1);
  let v = new Int32Array(p + 1);
  let r = new Int32Array(p + 1);
  // Both polynomials backwards.
  f.set([1], 0);
  f.set([-1, -1], p - 1);
  g.set(of.slice().reverse());
  r.set([1]);
  let delta = 1;
  for (let step = 0; step < 2 * p - 1; step++) {
    v.copyWithin(1, 0, p);
    v.set([0]);
    if (delta > 0 && g[0] !== 0) {
      delta = -delta;
      [f, g] = [g, f];
      [v, r] = [r, v];
    }
    delta += 1;
    const [f0 = 0] = f;
    const [g0 = 0] = g;
    if (g0 !== 0) {
      // The further steps see no more of `g` than this, and the earlier ones have filled no more of `r`.
      eliminate({ a: g, factor: f0, b: f, other: g0, to: Math.min(p, 2 * p - 1 - step), modulus });
      eliminate({ a: r, factor: f0, b: v, other: g0, to: Math.min(p, step + 1), modulus });
    }
    g.copyWithin(0, 1);
    g.set([0], p);
  }
  if (delta !== 0) return undefined;
  const scale = inverse(f[0] ?? 0, modulus);
  return v
    .slice(0, p)
    .reverse()
    .map((coefficient) => residue(coefficient * scale, modulus));
}

interface Elimination {
  a: Int32Array;
  factor: number;
  b: Int32Array;
  other: number;
  to: number;
  modulus: number;
}

/** `a` becomes `factor * a - other * b`, up to the coefficient `to`. */
function eliminate({ a, factor, b, other, to, modulus }: Elimination): void {
  const part = 1 / modulus;
  for (let i = 0; i <= to; i++) {
    const value = factor * (a[i] ?? 0) - other * (b[i] ?? 0);
    a[i] = value - modulus * Math.floor(value * part + 0.5);
  }
}

/** The inverse of a number, by Fermat's little theorem. */
export function inverse(of: number, modulus: number): number {
  let power = of;
  for (let i = 1; i < modulus - 2; i++) power = residue(power * of, modulus);
  return power;
}
