// Feeds the inputs in turn and keeps the results alive. The same few instructions for every contender of a case, so they
// cancel out in differences and are about 1–2 ns in each figure.
import type { AsyncCase, SyncCase } from './suite.ts'

/** How many awaits one timed call of an async case does: the timer and the loop around it vanish in 200 awaits. */
export const AWAITS_PER_CALL = 200

/**
 * Read by nobody but exported, so that no compiler can prove the sum unused. `| 0` keeps it a small integer: a double in a
 * module variable would be a new heap number (16 B) on each store.
 * @public
 */
export let checksum = 0

/** @throws {TypeError} when there is nothing to rotate */
function requireInputs(name: string, inputs: readonly unknown[]): void {
  if (inputs.length >= 2) return
  throw new TypeError(`case ${name}: ${inputs.length} inputs; give at least 2, so that they can be rotated`)
}

/** One operation on the next input. */
export function rotatingCall<Subject, Input>(benchmark: SyncCase<Subject, Input>, subject: Subject): () => void {
  const inputs = benchmark.inputs()
  requireInputs(benchmark.name, inputs)
  const operate = benchmark.prepare(subject, inputs)
  const last = inputs.length - 1
  let next = 0
  return () => {
    const input = inputs[next] as Input
    next = next === last ? 0 : next + 1
    checksum = (checksum + operate(input)) | 0
  }
}

/** `count` operations on the next inputs, each awaited before the next starts. */
export function rotatingAwait<Subject, Input>(
  benchmark: AsyncCase<Subject, Input>,
  subject: Subject,
): (count: number) => Promise<void> {
  const inputs = benchmark.inputs()
  requireInputs(benchmark.name, inputs)
  const operate = benchmark.prepare(subject, inputs)
  const last = inputs.length - 1
  let next = 0
  return async (count) => {
    let sum = 0
    for (let done = 0; done < count; done++) {
      const input = inputs[next] as Input
      next = next === last ? 0 : next + 1
      sum = (sum + (await operate(input))) | 0
    }
    checksum = (checksum + sum) | 0
  }
}
