// Ours, as a program outside the breaker would use it: the public CircularRequestBuffer.
import { CircularRequestBuffer } from '@breakwater/breaker'
import type { RollingWindow, WindowOptions } from './window.ts'

export function createWindow({ windowMs, capacity, clock }: WindowOptions): RollingWindow {
  const buffer = new CircularRequestBuffer(capacity, clock)
  return {
    record(success) {
      buffer.push({ timestamp: clock.now(), success })
    },
    read() {
      buffer.cleanExpired(windowMs)
      return buffer.getMetrics()
    },
  }
}
