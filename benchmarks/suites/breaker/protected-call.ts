// What every contender of the suite can do: one call through a breaker, in the way that costs it least.

/** The work that is protected: an async function of one number. */
export type Work = (input: number) => Promise<number>

export interface Setup {
  readonly work: Work
  /** Outcomes in the window when measuring begins, and in the steady state. */
  readonly records: number
  /** True: calls fail on purpose and the circuit must stay closed. */
  readonly failures: boolean
}

export interface ProtectedCall {
  /** One call that succeeds. A permit of the call before may be settled first: the caller has awaited it. */
  call(input: number): PromiseLike<number>
  /** One call of which the error, or the refusal, is caught: −1. */
  attempt(input: number): PromiseLike<number>
  /** One of many calls in flight at once. */
  concurrently(input: number): PromiseLike<number>
  /** From now on every call is refused. */
  open(): void
  /** Reads everything countable; a number from it. */
  metrics(): number
  /** What a leak would hang on. */
  readonly breaker: object
}

export interface Contender {
  protect(setup: Setup): ProtectedCall
  /** So many of them at rest, where they are not made one by one. */
  crowd?(count: number): object
}

/** A contender that can tell whether a permit was refused without a promise. */
export interface SyncRefusal {
  /** A breaker that refuses; 1 when it did. */
  refusing(): () => number
}

/** Adds the parts that are the same for all who wrap a function. */
export function wrapping(
  call: (input: number) => PromiseLike<number>,
  rest: Pick<ProtectedCall, 'open' | 'metrics' | 'breaker'>,
): ProtectedCall {
  return {
    call,
    concurrently: call,
    async attempt(input) {
      try {
        return await call(input)
      } catch {
        return -1
      }
    },
    ...rest,
  }
}

/** What a contender does not have. */
export function without(what: string): () => never {
  return () => {
    throw new Error(`this contender has no ${what}`)
  }
}
