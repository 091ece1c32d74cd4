import type { CallOptions } from './guarded-call.ts'
import { abortSignal, checkNames, number } from './option-checks.ts'
import { maxTimerMs } from './settings.ts'

const names = ['signal', 'timeoutMs'] as const

/**
 * The limit of a call, ms. Checks the options of a call, which has to be done before it has a permit: one that is taken
 * for a call that then cannot be made would never come back.
 * @throws TypeError, RangeError
 */
export function readCallOptions(options: CallOptions | undefined, timeoutMs: number): number {
  if (options === undefined) return timeoutMs
  checkNames(options, names)
  abortSignal('signal', options.signal)
  return number('timeoutMs', options.timeoutMs, timeoutMs, 0, maxTimerMs, 'closed')
}
