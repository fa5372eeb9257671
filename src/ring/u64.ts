// 64-bit values as two uint32 halves: BigInt allocates, and a double is exact only to 2^53.
// Nothing here allocates but `toBigInt`.

export const TWO_32 = 4294967296;

/** Low half of a whole, non-negative double below 2^64 (exact below 2^53). */
export const lowOf = (value: number): number => value >>> 0;

/** High half of a whole, non-negative double below 2^64. */
export const highOf = (value: number): number => (value / TWO_32) >>> 0;

/** The double nearest to high:low; exact below 2^53. */
export const toNumber = (low: number, high: number): number => high * TWO_32 + low;

/** The exact value. Allocates: not for the hot path. */
export const toBigInt = (low: number, high: number): bigint => (BigInt(high) << 32n) | BigInt(low);

/** Low half of `value * factor` for a whole double `value` below 2^53 and a whole `factor` below 2^20; exact. */
export function mulLow(value: number, factor: number): number {
  return lowOf(lowOf(value) * factor);
}

/** High half of `value * factor`, under the same limits; exact modulo 2^64. */
export function mulHigh(value: number, factor: number): number {
  return (highOf(value) * factor + Math.floor((lowOf(value) * factor) / TWO_32)) >>> 0;
}
