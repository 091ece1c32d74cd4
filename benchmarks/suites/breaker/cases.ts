import type { AsyncCase, RetainedCase, SyncCase } from '../../runner/suite.ts'
import type { Contender, ProtectedCall, Setup, SyncRefusal, Work } from './protected-call.ts'

/** Contenders that can refuse without a promise have that part too. */
export type Subject = Contender & Partial<SyncRefusal>

type CallCase = AsyncCase<Subject, number>

const INPUTS = 1_021
const ANSWERED = 200
/** Of the original's second scenario. */
const FAILING_IN_TEN = 3
export const CONCURRENT = 10_000
const BREAKERS = 10_000
const GROWTH_CALLS = 10_000

function inputs(): number[] {
  return Array.from({ length: INPUTS }, (_, index) => (index * 7) % INPUTS)
}

// One error for all: its stack is not what is measured.
const failure = new Error('failed on purpose')

const succeed: Work = async (input) => input
const fail: Work = async () => {
  throw failure
}
const mixed: Work = async (input) => {
  if (input % 10 < FAILING_IN_TEN) throw failure
  return input
}

/** Answers of `ANSWERED` calls, one after the other. */
async function answers(
  call: (input: number) => PromiseLike<number>,
  list: readonly number[],
): Promise<readonly number[]> {
  const results: number[] = []
  for (const input of list.slice(0, ANSWERED)) results.push(await call(input))
  return results
}

const NO_METRICS = 'shows no counts'
const ONLY_BOUNDED = 'its window has no size: nothing there grows with it'

/** What the bytes are is known from the first size; from the second on only the time is measured. */
function measuresAt(records: number): readonly ('nanoseconds' | 'bytes')[] {
  return records > 5_000 ? ['nanoseconds'] : ['nanoseconds', 'bytes']
}

function success(records: number, skip: Readonly<Record<string, string>>): CallCase {
  const setup: Setup = { work: succeed, records, failures: false }
  return {
    kind: 'async',
    name: `success-${records}`,
    title: `a call that succeeds; ${records.toLocaleString('en-US')} outcomes in the window`,
    measures: measuresAt(records),
    inputs,
    answer: (subject, list) => answers(subject.protect(setup).call, list),
    prepare: (subject) => subject.protect(setup).call,
    skip: { ...REFUSALS_ONLY, ...(records === 500 ? {} : FLOOR), ...skip },
  }
}

function attempts(name: string, title: string, setup: Setup, skip: Readonly<Record<string, string>>): CallCase {
  return {
    kind: 'async',
    name,
    title,
    measures: setup.records > 500 ? ['nanoseconds'] : ['nanoseconds', 'bytes'],
    // Where one call takes a peer milliseconds, two hundred of them are no sample any more.
    ...(setup.records > 5_000 ? { awaits: 10 } : {}),
    inputs,
    answer: (subject, list) => answers(subject.protect(setup).attempt, list),
    prepare: (subject) => subject.protect(setup).attempt,
    skip: { ...REFUSALS_ONLY, ...FLOOR, ...skip },
  }
}

function failures(records: number, skip: Readonly<Record<string, string>>): CallCase {
  const size = records.toLocaleString('en-US')
  const setup = { work: fail, records, failures: true }
  return attempts(`failure-${records}`, `a call that fails, caught; ${size} outcomes in the window`, setup, skip)
}

const TYPICAL = 'a count window answers the same; measured by size only'
const REGISTRY = { registry: 'its cost is in success-500 and idle-10000' }
const COUNT_WINDOWS = { 'permit-count-window': TYPICAL, 'run-count-window': TYPICAL }
const REFUSALS_ONLY = { 'rejecting-floor': 'the floor of refusals only' }
const FLOOR = { 'promise-floor': 'the floor of run(): see success-500' }
const ONCE = 'measured once, at 500'
const PEERS_ONCE = { opossum: ONLY_BOUNDED, 'opossum-lean': ONLY_BOUNDED, cockatiel: ONLY_BOUNDED }
const OTHERS_ONCE = {
  bare: ONCE,
  permit: ONCE,
  'run-count-window': ONCE,
  'seed-ring': ONCE,
  legacy: ONCE,
  cockatiel: ONCE,
  'opossum-lean': ONCE,
}
const LEVELS_ONCE = { ...REGISTRY, execute: ONCE, 'run-timed': ONCE, 'permit-count-window': ONCE }

const rejected: CallCase = {
  kind: 'async',
  name: 'rejected',
  title: 'a call that an open circuit refuses, caught',
  inputs,
  answer: async (subject, list) => {
    let made = 0
    const work: Work = async (input) => {
      made++
      return input
    }
    const call = subject.protect({ work, records: 0, failures: false })
    call.open()
    return { results: await answers(call.attempt, list), made }
  },
  prepare: (subject) => {
    const call = subject.protect({ work: succeed, records: 0, failures: false })
    call.open()
    return call.attempt
  },
  skip: {
    bare: 'never refuses',
    ...FLOOR,
    permit: 'see rejected-permit',
    'run-timed': 'a refusal has no duration',
    'opossum-lean': 'a refusal is the same with all options',
    ...COUNT_WINDOWS,
    ...REGISTRY,
  },
}

const rejectedPermit: SyncCase<Subject, number> = {
  kind: 'sync',
  name: 'rejected-permit',
  title: 'a permit that an open circuit refuses',
  inputs,
  answer: (subject, list) => {
    const refuse = subject.refusing?.()
    return list.slice(0, ANSWERED).map(() => refuse?.())
  },
  prepare: (subject) => subject.refusing?.() ?? (() => 0),
  skip: Object.fromEntries(
    [
      'bare',
      'promise-floor',
      'rejecting-floor',
      'permit-count-window',
      'registry',
      'run',
      'run-count-window',
      'run-timed',
      'execute',
      'seed-ring',
      'legacy',
      'opossum',
      'opossum-lean',
      'cockatiel',
    ].map((name) => [name, 'refuses by a rejected promise: see rejected']),
  ),
}

/** `Promise.all` over the calls, then their sum. */
async function allAtOnce(call: ProtectedCall, from: number): Promise<number> {
  const pending: PromiseLike<number>[] = []
  for (let index = 0; index < CONCURRENT; index++) pending.push(call.concurrently(from + index))
  let sum = 0
  for (const result of await Promise.all(pending)) sum = (sum + result) | 0
  return sum
}

const concurrent: CallCase = {
  kind: 'async',
  name: 'concurrent-10000',
  title: '10,000 calls in flight at once',
  inputs: () => [0, 1, 2],
  measures: ['nanoseconds'],
  operations: CONCURRENT,
  awaits: 1,
  answer: async (subject, list) => {
    const call = subject.protect({ work: succeed, records: 500, failures: false })
    const sums: number[] = []
    for (const input of list) sums.push(await allAtOnce(call, input))
    return sums
  },
  prepare: (subject) => {
    const call = subject.protect({ work: succeed, records: 500, failures: false })
    return (input) => allAtOnce(call, input)
  },
  skip: { ...REFUSALS_ONLY, ...FLOOR, ...COUNT_WINDOWS, ...REGISTRY, 'run-timed': ONCE, 'opossum-lean': ONCE },
}

const readMetrics: CallCase = {
  kind: 'async',
  name: 'metrics',
  title: 'a call that succeeds, then everything countable is read',
  inputs,
  answer: async (subject, list) => {
    const call = subject.protect({ work: succeed, records: 500, failures: false })
    const results = await answers(call.call, list)
    return { results, counts: call.metrics() > 0 }
  },
  prepare: (subject) => {
    const call = subject.protect({ work: succeed, records: 500, failures: false })
    return (input) => {
      if (call.metrics() < 0) throw new Error('negative count')
      return call.call(input)
    }
  },
  skip: {
    ...REFUSALS_ONLY,
    ...FLOOR,
    ...COUNT_WINDOWS,
    ...REGISTRY,
    bare: NO_METRICS,
    cockatiel: NO_METRICS,
    permit: ONCE,
    execute: ONCE,
    'run-timed': ONCE,
    'opossum-lean': ONCE,
  },
}

const idle: RetainedCase<Subject, number> = {
  kind: 'retained',
  name: 'idle-10000',
  title: '10,000 breakers that nobody calls: bytes each, timers, CPU',
  items: BREAKERS,
  unit: 'breaker',
  idleMs: 1_000,
  inputs,
  answer: (subject) => typeof subject.protect({ work: succeed, records: 0, failures: false }).breaker,
  prepare: (subject) => () =>
    subject.crowd?.(BREAKERS) ??
    Array.from({ length: BREAKERS }, () => subject.protect({ work: succeed, records: 0, failures: false }).breaker),
  skip: {
    ...REFUSALS_ONLY,
    ...FLOOR,
    ...COUNT_WINDOWS,
    bare: 'no breaker',
    run: 'as permit',
    execute: 'as permit',
    'run-timed': ONCE,
  },
}

const growth: RetainedCase<Subject, number> = {
  kind: 'retained',
  name: 'growth-10000',
  title: 'what 10,000 calls leave behind, and the collections they cause, after 20,000 to warm up',
  items: GROWTH_CALLS,
  unit: 'call',
  repeats: 4,
  inputs,
  answer: (subject, list) => answers(subject.protect({ work: succeed, records: 500, failures: false }).call, list),
  prepare: async (subject, list) => {
    const call = subject.protect({ work: succeed, records: 500, failures: false })
    const times = async (count: number): Promise<object> => {
      for (let done = 0; done < count; done++) await call.call(list[done % list.length] ?? 0)
      return call
    }
    await times(2 * GROWTH_CALLS)
    return () => times(GROWTH_CALLS)
  },
  skip: { ...REFUSALS_ONLY, ...FLOOR, ...COUNT_WINDOWS, ...REGISTRY, 'opossum-lean': ONCE },
}

export type BreakerCase = CallCase | SyncCase<Subject, number> | RetainedCase<Subject, number>

export const cases: readonly BreakerCase[] = [
  success(500, { ...COUNT_WINDOWS }),
  success(5_000, { ...PEERS_ONCE, ...LEVELS_ONCE, 'seed-ring': ONCE }),
  success(50_000, {
    ...PEERS_ONCE,
    ...LEVELS_ONCE,
    'seed-ring': ONCE,
    legacy: 'a millisecond a call: see success-5000',
  }),
  failures(500, { ...COUNT_WINDOWS, ...REGISTRY, execute: ONCE, 'run-timed': ONCE }),
  failures(5_000, { ...LEVELS_ONCE, ...OTHERS_ONCE }),
  failures(50_000, { ...LEVELS_ONCE, ...OTHERS_ONCE }),
  attempts(
    'mixed-500',
    'calls of which 30 % fail, caught',
    { work: mixed, records: 500, failures: true },
    {
      ...COUNT_WINDOWS,
      ...REGISTRY,
      bare: ONCE,
      permit: ONCE,
      execute: ONCE,
      'run-timed': ONCE,
      opossum: ONCE,
      'opossum-lean': ONCE,
      cockatiel: ONCE,
    },
  ),
  rejected,
  rejectedPermit,
  concurrent,
  readMetrics,
  idle,
  growth,
]
