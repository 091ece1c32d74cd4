import type { Dispatcher } from 'undici'
import { Deadline, type DeadlineOwner, deadlines } from '../deadlines.ts'
import { UpstreamTimeoutError } from '../errors.ts'
import type { Target } from '../handler.ts'
import { checkNames, integer } from '../option-checks.ts'
import { makeProbeClient, requireTarget } from './target.ts'

export interface ProbeOptions {
  /** Origin-form target, e.g. `/health`. */
  readonly path: string
  /** Time for everything: dial, TLS, request, whole response; ms, 1–2,147,483,647. */
  readonly timeoutMs: number
  /** Default 'GET'. */
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS'
  /** Fields of the request. Default: Host only. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A health check has no use for more of a body than this; the rest is cut off. */
const MOST_BODY_BYTES = 65_536

/**
 * Asks a target once, over a new connection that is closed afterwards: a probe neither waits behind traffic nor takes
 * a connection from it, and it also notices when nothing can connect any more. The body is discarded.
 *
 * Resolves with the status of the response, whatever it is. Rejects with `UpstreamTimeoutError` after `timeoutMs`, or
 * with the error of the connection or of the parser.
 */
export function probeTarget(target: Target, options: ProbeOptions): Promise<{ status: number }> {
  checkNames('probeTarget', options, ['path', 'timeoutMs', 'method', 'headers'])
  const { path, method = 'GET', headers = {} } = options
  const timeoutMs = integer('timeoutMs', options.timeoutMs, 1, 2_147_483_647)
  const undiciTarget = requireTarget(target)
  return new Promise((resolve, reject) => {
    const client = makeProbeClient(undiciTarget)
    const settle = (status: number, error: Error | null): void => {
      deadlines.disarm(probe.deadline)
      if (error === null) resolve({ status })
      else reject(error)
      client.destroy().catch(() => {})
    }
    const probe = new Probe(timeoutMs, settle)
    deadlines.arm(probe.deadline, timeoutMs)
    client.dispatch({ path, method, headers: { ...headers }, reset: true }, probe)
  })
}

class Probe implements Dispatcher.DispatchHandler, DeadlineOwner {
  readonly deadline: Deadline = new Deadline(this)
  readonly #timeoutMs: number
  #settle: ((status: number, error: Error | null) => void) | null
  #status = 0
  #bodyBytes = 0

  constructor(timeoutMs: number, settle: (status: number, error: Error | null) => void) {
    this.#timeoutMs = timeoutMs
    this.#settle = settle
  }

  deadlinePassed(): void {
    this.#finish(new UpstreamTimeoutError('total', this.#timeoutMs))
  }

  /** undici refuses a handler without it. */
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bodyBytes += chunk.length
    if (this.#bodyBytes > MOST_BODY_BYTES) this.#finish(null)
  }

  onResponseEnd(): void {
    this.#finish(null)
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish(error)
  }

  #finish(error: Error | null): void {
    const settle = this.#settle
    this.#settle = null
    settle?.(this.#status, error)
  }
}
