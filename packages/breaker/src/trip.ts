import type { StateChangeReason } from './events.ts'
import type { OutcomeWindow } from './outcome-window.ts'
import type { Settings } from './settings.ts'

/** Absorbs the rounding of a rate such as 2/3. */
const tolerance = 1e-9

/**
 * Why a closed circuit has to open now, or undefined. Any configured trigger is enough. A run of failures needs
 * no minimum; number and rates need `volumeThreshold` results in the window. Calls that are `overdue` (still in
 * flight, and slow already) count in the slow-call rate only. O(1).
 */
export function tripReason(
  window: OutcomeWindow,
  overdue: number,
  failureRun: number,
  settings: Settings,
): StateChangeReason | undefined {
  if (failureRun >= settings.consecutiveFailures) return 'consecutive-failures'
  const { total, failures } = window
  if (total >= settings.volumeThreshold && failures > 0) {
    if (failures >= settings.failureThreshold) return 'failure-count'
    const rate = failures / total
    const limit = settings.failureRate
    if (settings.strictly ? rate > limit + tolerance : rate >= limit - tolerance) return 'failure-rate'
  }
  const slow = window.slow + overdue
  if (slow === 0 || total + overdue < settings.volumeThreshold) return undefined
  return slow / (total + overdue) >= settings.slowCallRate - tolerance ? 'slow-call-rate' : undefined
}
