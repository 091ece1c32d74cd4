/**
 * Inner steps that building one schedule may cost, about a millisecond or two: 1,000 endpoints in a cycle of 1,000, or
 * 100 endpoints with weights from 1 to 100 (a cycle of 5,050).
 */
const MAX_STEPS = 1 << 20

/** Decimal places up to which fractional weights are taken as exact: 0.05 and 1 become 1 and 20. */
const MAX_DECIMALS = 6

/**
 * One full cycle of smooth weighted round robin (the algorithm of nginx, 2012): at each step every endpoint gains its
 * weight in credit, the richest is picked, the lowest index among equals, and pays the sum of all weights. After
 * sum / gcd steps every credit is back at 0, each endpoint has been picked exactly weight / gcd times, and the cycle
 * repeats. So the cycle is written down once and a pick is a read.
 *
 *   weights 5 1 1   →   0 0 1 0 2 0 0
 *
 * Entries are indices into `weights`. Null when the cycle is too long to write down (more than about a million steps
 * times endpoints) or the weights have more than six decimals: then step by step, at O(endpoints) per pick.
 * Weights are above 0.
 */
export function buildSchedule(weights: readonly number[]): Uint16Array | null {
  const shares = integerShares(weights)
  if (shares === null) return null
  let cycle = 0
  for (const share of shares) cycle += share
  // Equal weights: plain order, at no cost.
  if (cycle === shares.length) return Uint16Array.from(shares, (_, index) => index)
  if (cycle * shares.length > MAX_STEPS) return null
  const schedule = new Uint16Array(cycle)
  const credits = new Float64Array(shares.length)
  for (let step = 0; step < cycle; step++) {
    let best = 0
    for (let index = 0; index < shares.length; index++) {
      credits[index] = (credits[index] as number) + (shares[index] as number)
      if ((credits[index] as number) > (credits[best] as number)) best = index
    }
    credits[best] = (credits[best] as number) - cycle
    schedule[step] = best
  }
  return schedule
}

/** The smallest integers in the same proportion, or null when six decimals do not hold the weights. */
function integerShares(weights: readonly number[]): number[] | null {
  for (let decimals = 0, scale = 1; decimals <= MAX_DECIMALS; decimals++, scale *= 10) {
    const scaled = weights.map((weight) => Math.round(weight * scale))
    if (!scaled.every((share, index) => share / scale === weights[index])) continue
    const divisor = scaled.reduce(greatestCommonDivisor, 0)
    return scaled.map((share) => share / divisor)
  }
  return null
}

function greatestCommonDivisor(first: number, second: number): number {
  let larger = first
  let smaller = second
  while (smaller !== 0) {
    const rest = larger % smaller
    larger = smaller
    smaller = rest
  }
  return larger
}
