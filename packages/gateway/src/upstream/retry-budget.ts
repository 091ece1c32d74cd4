// How many attempts beyond the first an upstream may cause. Without it, three attempts each turn an outage into three
// times the load, just when the upstream can bear least. Same idea as Finagle's RetryBudget: a share of the requests,
// plus a small allowance so that a quiet gateway may retry at all.
//
//   request ──► +ratio ──► [ deposit 0 … 100 ]──┐
//                                               ├──► tryWithdraw() takes 1
//   time ──► +minPerSecond ──► [ allowance ]────┘

export interface RetryBudgetOptions {
  /** Retries per request, 0–1. Default 0.2: at most 1.2 attempts per request over time. */
  readonly ratio?: number
  /** Retries per second that are allowed whatever the traffic, ≥ 0. Default 10. */
  readonly minPerSecond?: number
  readonly clock?: { now(): number }
}

/** Deposits beyond this are lost: a long calm must not pay for a storm. 100 = the share of the last 500 requests. */
const MAX_DEPOSIT = 100

/** Two counters; O(1), no timer. */
export class RetryBudget {
  readonly #ratio: number
  readonly #minPerSecond: number
  readonly #clock: { now(): number }
  #deposit = 0
  #allowance: number
  #refilledAt: number

  constructor(options: RetryBudgetOptions = {}) {
    this.#ratio = inRange('ratio', options.ratio ?? 0.2, 1)
    this.#minPerSecond = inRange('minPerSecond', options.minPerSecond ?? 10, Number.MAX_SAFE_INTEGER)
    this.#clock = options.clock ?? performance
    this.#allowance = this.#minPerSecond
    this.#refilledAt = this.#clock.now()
  }

  /** Once per request, not per attempt. */
  recordRequest(): void {
    this.#deposit = Math.min(MAX_DEPOSIT, this.#deposit + this.#ratio)
  }

  /** True if one more attempt may be made; it is then paid for. */
  tryWithdraw(): boolean {
    this.#refill()
    if (this.#allowance >= 1) {
      this.#allowance -= 1
      return true
    }
    // 5 × 0.2 is 1 only up to rounding.
    if (this.#deposit < 1 - 1e-9) return false
    this.#deposit = Math.max(0, this.#deposit - 1)
    return true
  }

  #refill(): void {
    const now = this.#clock.now()
    const gained = ((now - this.#refilledAt) / 1000) * this.#minPerSecond
    this.#allowance = Math.min(this.#minPerSecond, this.#allowance + gained)
    this.#refilledAt = now
  }
}

function inRange(name: string, value: number, max: number): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= max)) {
    throw new RangeError(`retry budget: ${name} must be a number from 0 to ${max}, got ${String(value)}`)
  }
  return value
}
