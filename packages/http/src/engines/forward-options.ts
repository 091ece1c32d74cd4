import type { ForwardOptions, ForwardTimeouts } from '../handler.ts'
import { checkNames, integer } from '../options.ts'

const DEFAULTS: ForwardTimeouts = { headersMs: 30_000, idleMs: 60_000, totalMs: 0 }
const LONGEST_DELAY_MS = 2_147_483_647

/** @throws TypeError or RangeError that names the bad time-out */
export function resolveForwardTimeouts(options: ForwardOptions): ForwardTimeouts {
  const given = options.timeouts
  if (given === undefined) return DEFAULTS
  checkNames('ForwardOptions.timeouts', given, ['headersMs', 'idleMs', 'totalMs'])
  const { headersMs = DEFAULTS.headersMs, idleMs = DEFAULTS.idleMs, totalMs = DEFAULTS.totalMs } = given
  integer('timeouts.headersMs', headersMs, 0, LONGEST_DELAY_MS)
  integer('timeouts.idleMs', idleMs, 0, LONGEST_DELAY_MS)
  integer('timeouts.totalMs', totalMs, 0, LONGEST_DELAY_MS)
  return { headersMs, idleMs, totalMs }
}
