import type { ForwardOptions, ForwardTimeouts } from '../handler.ts'
import { checkNames, integer } from '../option-checks.ts'

const DEFAULT_TUNNEL_IDLE_MS = 300_000
const DEFAULTS: ForwardTimeouts = {
  headersMs: 30_000,
  idleMs: 60_000,
  totalMs: 0,
  tunnelIdleMs: DEFAULT_TUNNEL_IDLE_MS,
}
const LONGEST_DELAY_MS = 2_147_483_647

/** What came of an object of time-outs: policy gives the same one with every request of a route. */
const resolved = new WeakMap<Partial<ForwardTimeouts>, ForwardTimeouts>()

/** Checks an object of time-outs when it is first seen. @throws TypeError or RangeError that names the bad time-out */
export function resolveForwardTimeouts({ timeouts }: ForwardOptions): ForwardTimeouts {
  if (timeouts === undefined) return DEFAULTS
  const known = resolved.get(timeouts)
  if (known !== undefined) return known
  const checked = checkTimeouts(timeouts)
  resolved.set(timeouts, checked)
  return checked
}

function checkTimeouts(given: Partial<ForwardTimeouts>): ForwardTimeouts {
  checkNames('ForwardOptions.timeouts', given, ['headersMs', 'idleMs', 'totalMs', 'tunnelIdleMs'])
  const { headersMs = DEFAULTS.headersMs, idleMs = DEFAULTS.idleMs, totalMs = DEFAULTS.totalMs } = given
  const { tunnelIdleMs = DEFAULT_TUNNEL_IDLE_MS } = given
  integer('timeouts.headersMs', headersMs, 0, LONGEST_DELAY_MS)
  integer('timeouts.idleMs', idleMs, 0, LONGEST_DELAY_MS)
  integer('timeouts.totalMs', totalMs, 0, LONGEST_DELAY_MS)
  integer('timeouts.tunnelIdleMs', tunnelIdleMs, 0, LONGEST_DELAY_MS)
  return { headersMs, idleMs, totalMs, tunnelIdleMs }
}
