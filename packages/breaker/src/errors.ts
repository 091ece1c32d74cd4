/** Two copies of this package in one process recognise each other's errors by this registered symbol. */
const brand = Symbol.for('@breakwater/breaker.error')

/** Literal codes of the errors of this package. */
export type BreakerErrorCode = 'ERR_CIRCUIT_OPEN' | 'ERR_CIRCUIT_TIMEOUT' | 'ERR_CIRCUIT_DESTROYED'

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

/** The call was refused: the circuit is open, or half-open with all probes taken. The function was not called. */
export class CircuitOpenError extends BreakerError {
  readonly code = 'ERR_CIRCUIT_OPEN'
  /** Milliseconds until the next probe can be admitted; 0 while probes are under way (half-open). */
  readonly retryAfterMs: number

  constructor(breaker: string, retryAfterMs: number) {
    super(
      retryAfterMs > 0
        ? `Circuit '${breaker}' is open; retry in ${retryAfterMs} ms`
        : `Circuit '${breaker}' is not admitting this call: its probes are still under way`,
      breaker,
    )
    this.retryAfterMs = retryAfterMs
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
] as const) {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true })
}

/**
 * A `CircuitOpenError` without a stack trace. An open circuit refuses thousands of calls a second and a trace
 * is most of what an error costs; the breaker's name says where it comes from.
 */
export function refusal(breaker: string, retryAfterMs: number): CircuitOpenError {
  const limit = Error.stackTraceLimit
  // Frozen intrinsics make the assignment fail; the error then simply has its trace.
  if (!Reflect.set(Error, 'stackTraceLimit', 0)) return new CircuitOpenError(breaker, retryAfterMs)
  try {
    return new CircuitOpenError(breaker, retryAfterMs)
  } finally {
    Error.stackTraceLimit = limit
  }
}
