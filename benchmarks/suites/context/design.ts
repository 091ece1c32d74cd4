// What every contender of this suite can do: hand out a context for a request, and take it back when the request is over.

export interface Request {
  readonly method: string
  readonly path: string
}

/** What a handler finds in a context. */
export interface Content {
  readonly method: string
  readonly path: string
  readonly responded: boolean
}

export interface Source<Context> {
  take(): Context
  /** Twice for one context is once. */
  give(context: Context): void
  /** What a request writes into its context before a handler sees it. */
  write(context: Context, request: Request): void
  /** A 32-bit integer that depends on the content. */
  read(context: Context): number
  content(context: Context): Content
  reset(context: Context): void
  /** Share of `take()` served from the pool, 0–100 %; null without a pool. */
  hitRate(): number | null
}

export interface ContextDesign {
  /** @param size contexts that are kept at most, and made at the start */
  source(size: number): Source<object>
}

/** The runner only carries contexts from `take` to `give`: it needs no type of them. */
export function erase<Context extends object>(make: (size: number) => Source<Context>): ContextDesign {
  return { source: (size) => make(size) as unknown as Source<object> }
}
