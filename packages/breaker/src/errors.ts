/** Two copies of this package in one process recognise each other's errors by this registered symbol. */
const brand = Symbol.for('@breakwater/breaker.error')

/** Literal codes of the errors of this package. */
export type BreakerErrorCode =
  | 'ERR_CIRCUIT_OPEN'
  | 'ERR_CIRCUIT_TIMEOUT'
  | 'ERR_CIRCUIT_DESTROYED'
  | 'ERR_CONCURRENCY_LIMIT'

/** Base of every error a breaker itself causes. Errors of the protected function are passed on as they are. */
export abstract class BreakerError extends Error {
  abstract readonly code: BreakerErrorCode
  /** Name of the breaker that caused the error. */
  readonly breaker: string

  constructor(message: string, breaker: string) {
    super(message)
    this.breaker = breaker
    Object.defineProperty(this, brand, { value: true })
  }
}

/** True for errors caused by a breaker, also by one from another copy of this package. */
export function isBreakerError(value: unknown): value is BreakerError {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}

/** The call was refused: the circuit is open or isolated, or half-open with all probes taken. `fn` was not called. */
export class CircuitOpenError extends BreakerError {
  readonly code = 'ERR_CIRCUIT_OPEN'
  /**
   * When it makes sense to ask again, in milliseconds: what is left of the wait; while half-open, the time in which
   * its probes are decided at the latest (at most `resetTimeout`); 0 when isolated, since nobody knows.
   */
  readonly retryAfterMs: number
  /** The state that refused. */
  readonly state: 'open' | 'half_open' | 'isolated'

  constructor(breaker: string, retryAfterMs: number, state: 'open' | 'half_open' | 'isolated' = 'open') {
    const why = { open: 'is open', half_open: 'has all its probes under way', isolated: 'is isolated' }[state]
    super(`Circuit '${breaker}' ${why}${retryAfterMs > 0 ? `; retry in ${retryAfterMs} ms` : ''}`, breaker)
    this.retryAfterMs = retryAfterMs
    this.state = state
  }
}

/** The call was refused: `maxConcurrent` calls are in flight, and the queue, if there is one, is full or took too long. */
export class ConcurrencyLimitError extends BreakerError {
  readonly code = 'ERR_CONCURRENCY_LIMIT'
  /** The option that was reached. */
  readonly maxConcurrent: number

  constructor(breaker: string, maxConcurrent: number) {
    super(`Circuit '${breaker}' has ${maxConcurrent} calls in flight, its limit`, breaker)
    this.maxConcurrent = maxConcurrent
  }
}

/** The call did not settle within the option `timeout`. Only this call is aborted and counted as a failure. */
export class CircuitTimeoutError extends BreakerError {
  readonly code = 'ERR_CIRCUIT_TIMEOUT'
  /** The limit that passed, in milliseconds. */
  readonly timeoutMs: number

  constructor(breaker: string, timeoutMs: number) {
    super(`A call through circuit '${breaker}' did not settle within ${timeoutMs} ms`, breaker)
    this.timeoutMs = timeoutMs
  }
}

/** The breaker was used after `destroy()`. The function was not called. */
export class CircuitDestroyedError extends BreakerError {
  readonly code = 'ERR_CIRCUIT_DESTROYED'

  constructor(breaker: string) {
    super(`Circuit '${breaker}' was destroyed and admits no further calls`, breaker)
  }
}

// On the prototypes, so that the header of a stack trace has the name and the errors have no property more.
for (const [type, name] of [
  [CircuitOpenError, 'CircuitOpenError'],
  [CircuitTimeoutError, 'CircuitTimeoutError'],
  [CircuitDestroyedError, 'CircuitDestroyedError'],
  [ConcurrencyLimitError, 'ConcurrencyLimitError'],
] as const) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
}

/**
 * An error without a stack trace. An open circuit refuses thousands of calls a second and a trace is most of what an
 * error costs; the breaker's name says where it comes from.
 */
export function withoutTrace<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit
  // Frozen intrinsics make the assignment fail; the error then simply has its trace.
  if (!Reflect.set(Error, 'stackTraceLimit', 0)) return make()
  try {
    return make()
  } finally {
    Error.stackTraceLimit = limit
  }
}
