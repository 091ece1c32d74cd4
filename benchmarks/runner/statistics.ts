// Order statistics over rounds. A handful of values each: clarity before speed.

export interface Spread {
  readonly median: number
  readonly min: number
  readonly p25: number
  readonly p75: number
  readonly max: number
}

/** A ratio per round, then its median: what hit both contenders in one round (a busy neighbour) cancels out. */
export interface Ratio {
  readonly median: number
  readonly min: number
  readonly max: number
}

/**
 * Quantile by linear interpolation between the closest ranks (type 7 of Hyndman and Fan, 1996; what R and NumPy do).
 * @param share 0 (least) to 1 (greatest)
 * @throws {RangeError} for an empty list or a share outside 0–1
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('quantile of an empty list')
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share must be 0 to 1, got ${share}`)
  const sorted = [...values].sort((a, b) => a - b)
  const rank = share * (sorted.length - 1)
  const below = sorted[Math.floor(rank)] ?? Number.NaN
  const above = sorted[Math.ceil(rank)] ?? Number.NaN
  // Not below + (above − below) × part: with equal neighbours the result is that value exactly.
  return below === above ? below : below + (above - below) * (rank - Math.floor(rank))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

export function spread(values: readonly number[]): Spread {
  return {
    median: median(values),
    min: quantile(values, 0),
    p25: quantile(values, 0.25),
    p75: quantile(values, 0.75),
    max: quantile(values, 1),
  }
}

/**
 * `numerators[k] / denominators[k]` for every round k.
 * @returns null when a denominator is 0 (a call that allocates nothing has no ratio)
 * @throws {RangeError} when the lists differ in length or are empty
 */
export function ratioOfRounds(numerators: readonly number[], denominators: readonly number[]): Ratio | null {
  if (numerators.length !== denominators.length) {
    throw new RangeError(`ratio of ${numerators.length} rounds to ${denominators.length}`)
  }
  if (denominators.includes(0)) return null
  const ratios = numerators.map((value, round) => value / (denominators[round] ?? Number.NaN))
  return { median: median(ratios), min: quantile(ratios, 0), max: quantile(ratios, 1) }
}
