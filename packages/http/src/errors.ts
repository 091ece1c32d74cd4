/** Base of every error this package makes. `code` is a literal per class. */
export abstract class HttpEngineError extends Error {
  abstract readonly code: string

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
  }
}

/** `respond`, `forward` or `stream` was called on a request whose response was already chosen. */
export class ResponseChosenError extends HttpEngineError {
  readonly code = 'ERR_RESPONSE_CHOSEN' as const
  readonly chosen: string

  constructor(chosen: string) {
    super(`The response of this request was already chosen by ${chosen}(); a request gets exactly one`)
    this.chosen = chosen
  }
}

/** A method of the server or of a target was called in a state that does not allow it. */
export class StateError extends HttpEngineError {
  readonly code = 'ERR_HTTP_STATE' as const
}

/** The client closed its connection before the exchange was over. */
export class ClientAbortError extends HttpEngineError {
  readonly code = 'ERR_CLIENT_ABORT' as const
}

/** The body of a request is larger than `limits.maxBodyBytes`. */
export class BodyTooLargeError extends HttpEngineError {
  readonly code = 'ERR_BODY_TOO_LARGE' as const
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`The request body is larger than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
  }
}

/** The body of a request is not what the handler asked for. */
export class InvalidBodyError extends HttpEngineError {
  readonly code = 'ERR_INVALID_BODY' as const
}

/** Phase of a forwarded exchange that took too long. */
export type TimeoutPhase = 'connect' | 'queue' | 'upload' | 'headers' | 'idle' | 'total' | 'tunnel'

/** An upstream, or a client that was uploading to it, was silent for too long. */
export class UpstreamTimeoutError extends HttpEngineError {
  readonly code = 'ERR_UPSTREAM_TIMEOUT' as const
  readonly phase: TimeoutPhase
  /** The limit that was exceeded, ms. */
  readonly timeoutMs: number

  constructor(phase: TimeoutPhase, timeoutMs: number) {
    super(`Upstream time-out: ${phase} took longer than ${timeoutMs} ms`)
    this.phase = phase
    this.timeoutMs = timeoutMs
  }
}

/** The bytes of an upstream are not a response that may be passed on. */
export class UpstreamProtocolError extends HttpEngineError {
  readonly code = 'ERR_UPSTREAM_PROTOCOL' as const
}

/** A response that `onHead` refused, as the cause of the `ForwardError` of kind `response`. */
export class ResponseRefusedError extends HttpEngineError {
  readonly code = 'ERR_RESPONSE_REFUSED' as const
  readonly status: number

  constructor(status: number) {
    super(`onHead refused a response with status ${status}`)
    this.status = status
  }
}

/** Every connection of a target is in use and its queue is full. */
export class TargetBusyError extends HttpEngineError {
  readonly code = 'ERR_TARGET_BUSY' as const
  readonly origin: string

  constructor(origin: string, queued: number) {
    super(`No connection to ${origin} is free and ${queued} requests are already waiting`)
    this.origin = origin
  }
}
