import type { ForwardOptions, ForwardResult, RequestContext, Target } from '../handler.ts'

/** Everything that `onEnd` is told; `error` is left out when there is none. */
export interface ForwardEnd {
  readonly outcome: ForwardResult['outcome']
  readonly target: Target
  readonly attempts: number
  readonly error: Error | null
}

export interface EndHost {
  readonly ctx: RequestContext
  reportError(error: unknown): void
}

/** Tells policy that a forwarded exchange is over. What it throws is reported to it. */
export function tellForwardEnd(
  host: EndHost,
  { onEnd }: ForwardOptions,
  { outcome, target, attempts, error }: ForwardEnd,
): void {
  if (onEnd === undefined) return
  try {
    onEnd(host.ctx, error === null ? { outcome, target, attempts } : { outcome, target, attempts, error })
  } catch (thrown) {
    host.reportError(thrown)
  }
}
