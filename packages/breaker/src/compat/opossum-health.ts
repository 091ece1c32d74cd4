import { isThenable } from '../thenable.ts'

/** Periodic checks; none keeps the process alive, and all end with the breaker. */
export class HealthChecks {
  readonly #timers: Set<ReturnType<typeof setInterval>> = new Set()
  readonly #failed: (error: unknown) => void

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  start(check: () => unknown, intervalMs: number): void {
    const run = (): void => {
      try {
        const result = check()
        if (isThenable(result)) void result.then(undefined, this.#failed)
      } catch (error) {
        this.#failed(error)
      }
    }
    const timer = setInterval(run, intervalMs)
    if (typeof timer === 'object') timer.unref()
    this.#timers.add(timer)
    run()
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers.clear()
  }
}
