/** Told when the turn of the event loop ends in which it asked to be. */
export interface TurnListener {
  endTurn(): void
}

let waiting: TurnListener[] = []

// Taken when the module loads: fake timers that a test installs later stop time, not turns of the loop.
const runNext: ((done: () => void) => unknown) | undefined =
  typeof setImmediate === 'function' ? setImmediate : undefined

function endTurn(): void {
  const listeners = waiting
  waiting = []
  for (const listener of listeners) listener.endTurn()
}

/** Whether this runtime can say when a turn ends. Browsers cannot; there every result reads the clock. */
export const knowsTurns: boolean = runNext !== undefined

/**
 * Calls `endTurn` before the event loop waits for anything again: an immediate runs after the callbacks that are due
 * and before the next wait. It is the one thing this package schedules without a time limit being set, it is one for
 * all breakers, and it is gone by the time the loop is idle.
 */
export function atEndOfTurn(listener: TurnListener): void {
  if (waiting.push(listener) === 1) runNext?.(endTurn)
}
