// The first answer to the array window: a ring of record objects with running counters. Written anew from its description.
//
//        head (oldest)        next
//          ▼                   ▼
//   ┌────┬────┬────┬────┬────┬────┬────┐
//   │ –  │ {} │ {} │ {} │ {} │ –  │ –  │   one object {timestamp, success} per record
//   └────┴────┴────┴────┴────┴────┴────┘
import type { OutcomeCounts, RollingWindow, WindowOptions } from './window.ts'

interface RequestRecord {
  readonly timestamp: number
  readonly success: boolean
}

class ObjectRing {
  readonly #records: (RequestRecord | undefined)[]
  #head = 0
  #size = 0
  #successes = 0
  #failures = 0

  constructor(capacity: number) {
    this.#records = new Array<RequestRecord | undefined>(capacity).fill(undefined)
  }

  push(record: RequestRecord): void {
    const capacity = this.#records.length
    if (this.#size === capacity) this.#dropOldest()
    this.#records[(this.#head + this.#size) % capacity] = record
    this.#size++
    if (record.success) this.#successes++
    else this.#failures++
  }

  cleanExpired(cutoff: number): number {
    let removed = 0
    for (;;) {
      const oldest = this.#size === 0 ? undefined : this.#records[this.#head]
      if (oldest === undefined || oldest.timestamp >= cutoff) return removed
      this.#dropOldest()
      removed++
    }
  }

  getMetrics(): OutcomeCounts {
    return { total: this.#size, successes: this.#successes, failures: this.#failures }
  }

  #dropOldest(): void {
    const oldest = this.#records[this.#head]
    this.#records[this.#head] = undefined
    this.#head = (this.#head + 1) % this.#records.length
    this.#size--
    if (oldest?.success === true) this.#successes--
    else this.#failures--
  }
}

export function createWindow({ windowMs, capacity, clock }: WindowOptions): RollingWindow {
  const ring = new ObjectRing(capacity)
  return {
    record(success) {
      ring.push({ timestamp: clock.now(), success })
    },
    read() {
      ring.cleanExpired(clock.now() - windowMs)
      return ring.getMetrics()
    },
  }
}
