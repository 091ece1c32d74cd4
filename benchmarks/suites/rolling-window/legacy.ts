// The array window: every record filters the whole array by age, every read filters it twice more. Written anew from the
// description of the original, with its bound: more than 1,000 records are cut to the last 500, whatever their age.
import type { Clock, OutcomeCounts, RollingWindow, WindowOptions } from './window.ts'

interface RequestRecord {
  readonly timestamp: number
  readonly success: boolean
}

const MAX_RECORDS = 1_000
const KEPT_RECORDS = 500

class ArrayWindow implements RollingWindow {
  readonly #windowMs: number
  readonly #clock: Clock
  #records: RequestRecord[] = []

  constructor({ windowMs, clock }: WindowOptions) {
    this.#windowMs = windowMs
    this.#clock = clock
  }

  record(success: boolean): void {
    this.#records.push({ timestamp: this.#clock.now(), success })
    this.#cleanOldRecords()
    if (this.#records.length > MAX_RECORDS) this.#records = this.#records.slice(-KEPT_RECORDS)
  }

  read(): OutcomeCounts {
    this.#cleanOldRecords()
    const failures = this.#records.filter((record) => !record.success).length
    const successes = this.#records.filter((record) => record.success).length
    return { total: this.#records.length, successes, failures }
  }

  #cleanOldRecords(): void {
    const cutoff = this.#clock.now() - this.#windowMs
    this.#records = this.#records.filter((record) => record.timestamp >= cutoff)
  }
}

export function createWindow(options: WindowOptions): RollingWindow {
  return new ArrayWindow(options)
}
