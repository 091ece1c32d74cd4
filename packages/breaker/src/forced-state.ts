import type { CircuitState } from './events.ts'
import { number } from './option-checks.ts'

const states: readonly string[] = ['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only']

/** Checks what `forceState` was given; the state may be in upper or lower case. */
export function readForcedState(state: unknown, forMs: number | undefined): CircuitState {
  const wanted = String(state).toLowerCase()
  if (!states.includes(wanted)) {
    throw new TypeError(`state is '${String(state)}'; expected one of '${states.join("', '")}'`)
  }
  number('forMs', forMs, 0, 0, Number.POSITIVE_INFINITY, 'closed')
  if (forMs !== undefined && wanted !== 'open') throw new TypeError(`forMs has no meaning with state '${wanted}'`)
  return wanted as CircuitState
}
