import type { Circuit, CircuitListener } from './circuit.ts'
import type { CircuitState } from './events.ts'
import { HalfOpenEpisode } from './half-open-episode.ts'
import type { KeySlab } from './key-slab.ts'
import type { Settings } from './settings.ts'
import { SlabWindow } from './slab-window.ts'
import type { StateData } from './state-data.ts'
import { StateMachine } from './states.ts'

/** In the order of their index in the slab. */
const stateNames: readonly CircuitState[] = [
  'closed',
  'open',
  'half_open',
  'isolated',
  'disabled',
  'metrics_only',
  // metrics_only, and its threshold was reported
  'metrics_only',
]

/**
 * One state machine for all keys: its registers are loaded from a row of the slab, it does what a breaker does, and
 * the row is written back. So a key behaves as a breaker of its own to the last rule, at the price of a hundred bytes.
 */
export class KeyCircuits {
  readonly machine: StateMachine
  readonly #slab: KeySlab
  readonly #window: SlabWindow
  readonly #settings: Settings
  readonly #circuit: Circuit

  constructor(slab: KeySlab, settings: Settings, listener: CircuitListener) {
    this.#slab = slab
    this.#settings = settings
    this.#window = new SlabWindow(slab, settings.windowBucketMs)
    this.machine = new StateMachine(settings, this.#window, undefined, listener)
    this.#circuit = this.machine.circuit
  }

  load(slot: number): StateMachine {
    const slab = this.#slab
    this.#window.select(slot)
    this.#circuit.restore(this.#stateOf(slot))
    this.#circuit.failureRun = slab.failureRun[slot] ?? 0
    this.#circuit.opens = slab.opens[slot] ?? 0
    return this.machine
  }

  store(slot: number): void {
    const slab = this.#slab
    const { state, failureRun, opens } = this.#circuit
    slab.state[slot] = state.name === 'metrics_only' && state.reported ? 6 : stateNames.indexOf(state.name)
    slab.generation[slot] = state.generation
    slab.failureRun[slot] = failureRun
    slab.opens[slot] = opens
    if (state.name === 'open') slab.until[slot] = state.until
    if (state.name !== 'half_open') return
    slab.until[slot] = state.expiresAt
    slab.permitsLeft[slot] = state.permitsLeft
    slab.successes[slot] = state.successes
    slab.failures[slot] = state.failures
    slab.slow[slot] = state.slow
  }

  #stateOf(slot: number): StateData {
    const slab = this.#slab
    const index = slab.state[slot] ?? 0
    const generation = slab.generation[slot] ?? 0
    const name = stateNames[index] ?? 'closed'
    if (name === 'open') return { name, generation, until: slab.until[slot] ?? 0 }
    if (name === 'metrics_only') return { name, generation, reported: index === 6 }
    if (name !== 'half_open') return { name, generation }
    const episode = new HalfOpenEpisode(generation, 0, this.#settings)
    episode.expiresAt = slab.until[slot] ?? 0
    episode.permitsLeft = slab.permitsLeft[slot] ?? 0
    episode.successes = slab.successes[slot] ?? 0
    episode.failures = slab.failures[slot] ?? 0
    episode.slow = slab.slow[slot] ?? 0
    return episode
  }
}
