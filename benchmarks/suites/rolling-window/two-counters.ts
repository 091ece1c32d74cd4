// The floor: two counters that never forget. Not a window; what is left when all the work of one is taken away.
import type { OutcomeCounts, RollingWindow } from './window.ts'

class TwoCounters implements RollingWindow, OutcomeCounts {
  successes = 0
  failures = 0

  get total(): number {
    return this.successes + this.failures
  }

  record(success: boolean): void {
    if (success) this.successes++
    else this.failures++
  }

  read(): OutcomeCounts {
    return this
  }
}

export function createWindow(): RollingWindow {
  return new TwoCounters()
}
