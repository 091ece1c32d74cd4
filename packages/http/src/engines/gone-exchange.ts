import type { Exchange, PoolableRequestContext } from '../context.ts'
import { ClientAbortError, ResponseChosenError } from '../errors.ts'
import type { ForwardOptions, Sink, Target } from '../handler.ts'

/**
 * Stands behind the context of a request that is over while its handler still holds it. Nothing that the handler does
 * then reaches the connection, which may be busy with the next request.
 */
export class GoneExchange implements Exchange {
  readonly #ctx: PoolableRequestContext
  #chosen: string
  readonly #signal: AbortSignal | null

  constructor(ctx: PoolableRequestContext, chosen: string, signal: AbortSignal | null) {
    this.#ctx = ctx
    this.#chosen = chosen
    this.#signal = signal
  }

  respond(): void {
    this.#choose('respond')
  }

  forward(target: Target, options: ForwardOptions): void {
    this.#choose('forward')
    options.onEnd?.(this.#ctx, { outcome: 'client_abort', target, attempts: 0 })
  }

  upgrade(target: Target, options: ForwardOptions): void {
    this.#choose('upgrade')
    options.onEnd?.(this.#ctx, { outcome: 'client_abort', target, attempts: 0 })
  }

  stream(): Sink {
    this.#choose('stream')
    return GONE_SINK
  }

  readBody(): Promise<Uint8Array> {
    return Promise.reject(gone())
  }

  abortSignal(): AbortSignal {
    return this.#signal ?? (this.#chosen === '' ? AbortSignal.abort(gone()) : new AbortController().signal)
  }

  #choose(kind: string): void {
    if (this.#chosen !== '') throw new ResponseChosenError(this.#chosen)
    this.#chosen = kind
  }
}

const GONE_SINK: Sink = {
  write: () => false,
  end() {},
  onDrain() {},
  onClose(callback) {
    callback()
  },
}

function gone(): ClientAbortError {
  return new ClientAbortError('The client closed the connection')
}
