import type { CircuitState } from './events.ts'
import { integer, number, show } from './option-checks.ts'
import type { StoredWindow, WindowCell } from './outcome-window.ts'
import type { StateData } from './state-data.ts'
import type { StateMachine } from './states.ts'

/** What a breaker knows, as plain JSON: see `exportState` and `importState`. */
export interface BreakerSnapshot {
  readonly version: 1
  readonly name: string
  /** Never `half_open`: its probes are lost with the process, so it is exported as open with no wait left. */
  readonly state: Exclude<CircuitState, 'half_open'>
  /** What is left of the wait of an open circuit, ms; else 0. */
  readonly remainingMs: number
  /** Openings since the last close: the exponent of the backoff. */
  readonly opens: number
  readonly consecutiveFailures: number
  /** `metrics_only`: whether a trigger was reported already. */
  readonly reported: boolean
  readonly window: { readonly type: 'count' | 'time'; readonly cells: readonly WindowCell[] }
  /** Wall clock of the export, ms since 1970: how two processes agree on the time between them. */
  readonly savedAt: number
}

const states: readonly string[] = ['closed', 'open', 'isolated', 'disabled', 'metrics_only']

/** See `CircuitBreaker.exportState`. O(window): buckets, or results of a count window. */
export function exportSnapshot(name: string, machine: StateMachine, window: StoredWindow): BreakerSnapshot {
  const { circuit } = machine
  const state = machine.state()
  const remainingMs = machine.remainingWaitMs()
  machine.sample()
  return {
    version: 1,
    name,
    state: state === 'half_open' ? 'open' : state,
    remainingMs,
    opens: circuit.opens,
    consecutiveFailures: circuit.failureRun,
    reported: circuit.state.name === 'metrics_only' && circuit.state.reported,
    window: {
      type: circuit.settings.countWindowSize > 0 ? 'count' : 'time',
      cells: window.export(circuit.lastNow),
    },
    savedAt: Date.now(),
  }
}

/** See `CircuitBreaker.importState`. */
export function importSnapshot(
  machine: StateMachine,
  window: StoredWindow,
  given: BreakerSnapshot,
  downMs: number | undefined,
): void {
  const snapshot = checkSnapshot(given)
  const { circuit } = machine
  if (circuit.retired) return
  const type = circuit.settings.countWindowSize > 0 ? 'count' : 'time'
  if (snapshot.window.type !== type) {
    throw new TypeError(`snapshot.window.type is '${snapshot.window.type}'; this breaker has a ${type} window`)
  }
  const now = circuit.readClock()
  const down = downMs ?? Math.max(0, Date.now() - snapshot.savedAt)
  circuit.clear()
  window.import(snapshot.window.cells, now, down)
  circuit.failureRun = snapshot.consecutiveFailures
  circuit.opens = snapshot.opens
  const until = now + Math.max(0, snapshot.remainingMs - down)
  circuit.restore(stateOf(snapshot, circuit.generation + 1, until))
}

function stateOf({ state, reported }: BreakerSnapshot, generation: number, until: number): StateData {
  if (state === 'open') return { name: state, generation, until }
  if (state === 'metrics_only') return { name: state, generation, reported: reported === true }
  return { name: state, generation }
}

/**
 * Checks a snapshot that comes from outside the process.
 * @throws TypeError or RangeError that names the field
 */
function checkSnapshot(snapshot: BreakerSnapshot): BreakerSnapshot {
  if (typeof snapshot !== 'object' || snapshot === null) {
    throw new TypeError(`snapshot is ${show(snapshot)}; expected what exportState() returned`)
  }
  if (snapshot.version !== 1) throw new TypeError(`snapshot.version is ${show(snapshot.version)}; expected 1`)
  if (!states.includes(snapshot.state)) {
    throw new TypeError(`snapshot.state is ${show(snapshot.state)}; expected one of ${states.join(', ')}`)
  }
  number('snapshot.remainingMs', snapshot.remainingMs, 0, 0, Number.POSITIVE_INFINITY, 'closed')
  integer('snapshot.opens', snapshot.opens, 0, 0, Number.MAX_SAFE_INTEGER)
  integer('snapshot.consecutiveFailures', snapshot.consecutiveFailures, 0, 0, Number.MAX_SAFE_INTEGER)
  number('snapshot.savedAt', snapshot.savedAt, 0, 0, Number.POSITIVE_INFINITY, 'closed')
  const cells: unknown = snapshot.window?.cells
  if (!Array.isArray(cells)) throw new TypeError('snapshot.window.cells is missing; expected an array')
  for (const [index, cell] of cells.entries()) {
    if (!isCell(cell)) throw new TypeError(`snapshot.window.cells[${index}] is not [ageMs, total, failures, slow]`)
  }
  return snapshot
}

function isCell(cell: unknown): boolean {
  if (!Array.isArray(cell) || cell.length !== 4) return false
  const [age, total, failures, slow] = cell as unknown[]
  if (typeof age !== 'number' || !(age >= 0 && age < Number.POSITIVE_INFINITY)) return false
  return [total, failures, slow].every((count) => Number.isSafeInteger(count) && (count as number) >= 0)
}
