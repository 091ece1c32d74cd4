import type { PausesCase } from './suite.ts'

/** Nanoseconds of single calls, the timer's about 40 included. */
export interface Pauses {
  readonly middle: number
  readonly p99: number
  readonly p999: number
  readonly longest: number
  readonly calls: number
}

/** Read by nobody but exported, so that no compiler can prove the results unused. @public */
export let checksum = 0

/**
 * Times every call by itself, after a tenth as many for warming up: what a caller notices of sorting, rehashing and
 * collecting, which a mean over many calls hides.
 */
export function measurePauses<Subject, Input>(
  benchmark: PausesCase<Subject, Input>,
  subject: Subject,
  quick = false,
): Pauses {
  const inputs = benchmark.inputs()
  const operate = benchmark.prepare(subject, inputs)
  const calls = quick ? Math.ceil(benchmark.calls / 4) : benchmark.calls
  const times = new Float64Array(calls)
  for (let call = -Math.ceil(calls / 10); call < calls; call++) {
    const input = inputs[Math.abs(call) % inputs.length] as Input
    const begin = performance.now()
    checksum = (checksum + operate(input)) | 0
    const end = performance.now()
    if (call >= 0) times[call] = end - begin
  }
  times.sort()
  const at = (share: number): number => (times[Math.min(calls - 1, Math.floor(share * calls))] as number) * 1e6
  return { middle: at(0.5), p99: at(0.99), p999: at(0.999), longest: at(1), calls }
}
