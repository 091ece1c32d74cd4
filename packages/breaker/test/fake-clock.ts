import type { Clock } from '../src/index.ts'

/** A clock that moves only when told to. */
export class FakeClock implements Clock {
  time: number

  constructor(time = 0) {
    this.time = time
  }

  now(): number {
    return this.time
  }

  advance(ms: number): void {
    this.time += ms
  }
}
