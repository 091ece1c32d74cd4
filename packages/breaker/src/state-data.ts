import type { HalfOpenEpisode } from './half-open-episode.ts'

/** No permit has this number, so no result matches it. */
export const none = -1

/** Admits everything; its results go into the window. */
interface Closed {
  readonly name: 'closed'
  readonly generation: number
}

/** Refuses everything until its wait is over. The window stays readable. */
interface Open {
  readonly name: 'open'
  readonly generation: number
  /** End of the wait; see `openBoundary` for whether that moment belongs to it. */
  readonly until: number
}

/** Refuses everything, and no time ends it. */
interface Isolated {
  readonly name: 'isolated'
  readonly generation: number
}

/** Admits everything, records nothing. */
interface Disabled {
  readonly name: 'disabled'
  readonly generation: number
}

/** Admits everything and records it; a trigger is reported, once a stay, instead of acted upon. */
interface MetricsOnly {
  readonly name: 'metrics_only'
  readonly generation: number
  reported: boolean
}

export type StateData = Closed | Open | HalfOpenEpisode | Isolated | Disabled | MetricsOnly

/** States whose results go into the window. */
export function isRecording(name: StateData['name']): boolean {
  return name === 'closed' || name === 'metrics_only'
}

/** States that admit every call. */
export function isOpenToAll(name: StateData['name']): boolean {
  return name === 'closed' || name === 'metrics_only' || name === 'disabled'
}
