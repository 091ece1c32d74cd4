import type { StateChangeReason } from './events.ts'
import type { Settings } from './options.ts'
import type { OutcomeWindow } from './outcome-window.ts'

/** Absorbs the rounding of a rate such as 2/3 given in percent. */
const tolerance = 1e-7

/**
 * Why a closed circuit has to open now, or undefined. Any configured trigger is enough. A run of failures needs
 * no minimum; the count and the rate of failures need `volumeThreshold` results in the window. O(1).
 */
export function tripReason(
  window: OutcomeWindow,
  failureRun: number,
  settings: Settings,
): StateChangeReason | undefined {
  if (failureRun >= settings.consecutiveFailures) return 'consecutive-failures'
  if (window.total < settings.volumeThreshold || window.failures === 0) return undefined
  if (window.failures >= settings.failureThreshold) return 'failure-count'
  if (window.failures * 100 >= settings.failureRatePercent * window.total - tolerance) return 'failure-rate'
  return undefined
}
