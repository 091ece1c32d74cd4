// What a suite is: contenders × cases. A suite file says it as data; the runner loads one contender per process.

/**
 * - `ours`: a package of this repository
 * - `legacy`: the design it replaces, written anew from its description
 * - `peer`: a published library that does the same job
 * - `baseline`: the floor, the least code that could stand there (a counter, a bare `await`)
 */
export type Role = 'ours' | 'legacy' | 'peer' | 'baseline'

interface Contender<Subject> {
  /** Unique in the suite; lower case with dashes. */
  readonly name: string
  readonly role: Role
  /** Called in the contender's own process only, so that no contender shares a heap or type feedback with another. */
  readonly load: () => Subject | Promise<Subject>
}

export type Measure = 'nanoseconds' | 'bytes' | 'cpu' | 'retained' | 'pauses'

interface CommonCase<Subject, Input> {
  /** Unique in the suite; lower case with dashes. */
  readonly name: string
  /** One line for the head of the table. */
  readonly title: string
  /**
   * The inputs that are fed in turn, again from the first after the last; at least two, and the same list on every call
   * (seeded randomness). One constant input measures the branch predictor.
   */
  readonly inputs: () => readonly Input[]
  /**
   * What this contender makes of the inputs: any value that `structuredClone` accepts. All contenders must give the
   * same; it is compared before anything is timed.
   */
  readonly answer: (subject: Subject, inputs: readonly Input[]) => unknown
  /**
   * Contenders whose answer differs by design, with the reason; it is printed beside the figures. A declared difference
   * that does not show is an error, so that the list stays true.
   */
  readonly differs?: Readonly<Record<string, string>>
  /** Contenders left out of this case, with the reason; printed beside the figures. */
  readonly skip?: Readonly<Record<string, string>>
}

interface CallCase {
  /** Default: nanoseconds and bytes. */
  readonly measures?: readonly ('nanoseconds' | 'bytes')[]
  /** How many operations one call does; figures are divided by it. Default 1. */
  readonly operations?: number
  /** What one operation is called in the table. Default `call`. */
  readonly unit?: string
}

/** A call that returns at once. */
export interface SyncCase<Subject, Input> extends CommonCase<Subject, Input>, CallCase {
  readonly kind: 'sync'
  /**
   * Builds the state (not measured) and returns the measured call. The call returns a 32-bit integer that depends on its
   * work: the runner adds the results up, so V8 cannot drop the work. (A double would be boxed: 16 B per call.)
   */
  readonly prepare: (subject: Subject, inputs: readonly Input[]) => (input: Input) => number
}

/** A call that is awaited before the next one starts. Figures include the bare `await`: have a baseline that shows it. */
export interface AsyncCase<Subject, Input> extends CommonCase<Subject, Input>, CallCase {
  readonly kind: 'async'
  /** Awaits in one timed call. Default 200; 1 for an operation that takes milliseconds by itself. */
  readonly awaits?: number
  readonly prepare: (subject: Subject, inputs: readonly Input[]) => (input: Input) => PromiseLike<number>
}

/** A process of its own (a proxy, a server) that a `process` case sends requests to. */
export interface Running {
  readonly pid: number
  /** Where it listens, for `send`. */
  readonly url: string
  stop(): void | Promise<void>
}

/** CPU of another process per request. */
export interface ProcessCase<Subject, Input> extends CommonCase<Subject, Input> {
  readonly kind: 'process'
  /** Starts the process and resolves when it answers. */
  readonly start: (subject: Subject) => Promise<Running>
  readonly send: (running: Running, input: Input) => Promise<unknown>
  /** Requests counted in one round. The CPU clock ticks in 10 ms: make it enough for one second of CPU. */
  readonly requests: number
  /** Requests before the count starts. Default: a quarter of `requests`. */
  readonly warmup?: number
  /** Requests in flight. Default 16. */
  readonly concurrency?: number
}

/** What is kept of some work after a full collection: things that exist, or a leak. Measured once. */
export interface RetainedCase<Subject, Input> extends CommonCase<Subject, Input> {
  readonly kind: 'retained'
  /** What the bytes are divided by: breakers made, calls done. */
  readonly items: number
  /** What one item is called in the table. */
  readonly unit: string
  /** Rest afterwards during which CPU is measured, in milliseconds; also counts timers. Default 0: neither. */
  readonly idleMs?: number
  /** Does the work so many times and counts the time that left least: what is collected late is no leak. Default 1. */
  readonly repeats?: number
  /** Builds and warms the state (not measured) and returns the work. What the work returns is kept. */
  readonly prepare: (subject: Subject, inputs: readonly Input[]) => (() => unknown) | Promise<() => unknown>
}

/** Single calls, each timed: the figure is the time that one call of a thousand exceeds. */
export interface PausesCase<Subject, Input> extends CommonCase<Subject, Input> {
  readonly kind: 'pauses'
  /** Calls that are timed. */
  readonly calls: number
  /** What one call is called in the table. */
  readonly unit: string
  /** As in a sync case. */
  readonly prepare: (subject: Subject, inputs: readonly Input[]) => (input: Input) => number
}

export type Case<Subject, Input> =
  | SyncCase<Subject, Input>
  | AsyncCase<Subject, Input>
  | ProcessCase<Subject, Input>
  | RetainedCase<Subject, Input>
  | PausesCase<Subject, Input>

export interface Suite<Subject, Input> {
  /** The name of the suite's folder. */
  readonly name: string
  readonly title: string
  readonly contenders: readonly Contender<Subject>[]
  readonly cases: readonly Case<Subject, Input>[]
  /** Longest life of one process in milliseconds, start included; then the run fails. Default 60 000. */
  readonly timeLimitMs?: number
}

/** A suite as the runner sees it: it carries subjects and inputs from one function of the suite to the next. */
export type AnySuite = Suite<unknown, unknown>

const NAME = /^[a-z0-9][a-z0-9.+-]*$/

function requireUniqueNames(what: string, suite: string, names: readonly string[]): void {
  if (names.length === 0) throw new TypeError(`suite ${suite}: no ${what}`)
  for (const [index, name] of names.entries()) {
    if (!NAME.test(name)) {
      throw new TypeError(`suite ${suite}: ${what} name ${JSON.stringify(name)} must match ${NAME.source}`)
    }
    if (names.indexOf(name) !== index) throw new TypeError(`suite ${suite}: two ${what} are named ${name}`)
  }
}

/**
 * Declares a suite; `suite.bench.ts` exports the result as `suite`.
 * @throws {TypeError} on a missing, malformed or doubled name, or on `differs`/`skip` for a contender that does not exist.
 */
export function defineSuite<Subject, Input>(suite: Suite<Subject, Input>): Suite<Subject, Input> {
  const contenders = suite.contenders.map((contender) => contender.name)
  const cases = suite.cases.map((benchmark) => benchmark.name)
  requireUniqueNames('suites', suite.name, [suite.name])
  requireUniqueNames('contenders', suite.name, contenders)
  requireUniqueNames('cases', suite.name, cases)
  for (const benchmark of suite.cases) {
    for (const named of Object.keys({ ...benchmark.differs, ...benchmark.skip })) {
      if (!contenders.includes(named)) {
        throw new TypeError(
          `suite ${suite.name}, case ${benchmark.name}: no contender is named ${named}; known: ${contenders.join(', ')}`,
        )
      }
    }
  }
  return suite
}

/** What is measured of a case. */
export function measuresOf(benchmark: Case<unknown, unknown>): readonly Measure[] {
  if (benchmark.kind === 'process') return ['cpu']
  if (benchmark.kind === 'retained') return ['retained']
  if (benchmark.kind === 'pauses') return ['pauses']
  return benchmark.measures ?? ['nanoseconds', 'bytes']
}
