import { probeTarget, type Target } from '@breakwater/http'
import type { HealthConfig } from '../config/config.ts'

/** What a check needs of a target and writes to it. */
export interface CheckedTarget {
  readonly id: string
  readonly connections: Target
  healthy: boolean
  readonly checks: { success: number; failure: number }
  /** It answered a check well: whatever suspicion requests had is over. */
  trust(): void
}

/** Asks one target; resolves with the status of its answer. Injected by tests. */
export type Probe = (target: Target, options: { path: string; timeoutMs: number }) => Promise<{ status: number }>

export interface HealthCheckDependencies {
  readonly probe?: Probe
  /** 0 ≤ x < 1. */
  readonly random?: () => number
}

/** Rounds come at the interval ± 10 %, or many gateways that started together would ask together for ever. */
const JITTER = 0.1

/** Results in a row: positive = successes, negative = failures. */
interface Streak {
  length: number
  /** A slow answer must not be asked for twice at once. */
  checking: boolean
}

/**
 * Asks every target of an upstream at an interval and flips `healthy` after enough equal answers in a row. A new target
 * counts as healthy, so traffic flows from the first moment; the first round starts at once.
 *
 * One timer per upstream, and it does not keep the process alive. Answers that arrive after `stop()` change nothing.
 */
export class HealthCheck<T extends CheckedTarget> {
  readonly #config: HealthConfig
  readonly #onChange: (target: T, cause: string) => void
  readonly #probe: Probe
  readonly #random: () => number
  readonly #streaks: ReadonlyMap<T, Streak>
  #timer: NodeJS.Timeout | undefined
  #running = false

  /** @param onChange Called after `healthy` of a target changed, with the answer that decided it. */
  constructor(
    targets: readonly T[],
    config: HealthConfig,
    onChange: (target: T, cause: string) => void,
    { probe = probeTarget, random = Math.random }: HealthCheckDependencies = {},
  ) {
    this.#config = config
    this.#onChange = onChange
    this.#probe = probe
    this.#random = random
    this.#streaks = new Map(targets.map((target) => [target, { length: 0, checking: false }]))
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#round()
  }

  stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
  }

  #round(): void {
    for (const [target, streak] of this.#streaks) {
      if (!streak.checking) void this.#check(target, streak)
    }
    const factor = 1 - JITTER + 2 * JITTER * this.#random()
    this.#timer = setTimeout(() => this.#round(), this.#config.intervalMs * factor)
    this.#timer.unref()
  }

  async #check(target: T, streak: Streak): Promise<void> {
    const { path, timeoutMs, status: accepted } = this.#config
    streak.checking = true
    let good = false
    let cause: string
    try {
      const { status } = await this.#probe(target.connections, { path, timeoutMs })
      good = status >= accepted.min && status <= accepted.max
      cause = `status ${status}`
    } catch (error) {
      cause = causeOf(error)
    }
    streak.checking = false
    if (this.#running) this.#record(target, streak, good, cause)
  }

  #record(target: T, streak: Streak, good: boolean, cause: string): void {
    if (good) {
      target.checks.success++
      target.trust()
    } else {
      target.checks.failure++
    }
    streak.length = good ? Math.max(0, streak.length) + 1 : Math.min(0, streak.length) - 1
    const flips = target.healthy ? -streak.length >= this.#config.unhealthy : streak.length >= this.#config.healthy
    if (!flips) return
    target.healthy = good
    this.#onChange(target, cause)
  }
}

function causeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : error instanceof Error ? error.message : String(error)
}
