// The pool of the first design, written anew from its description: what is in use is a Set, the figures are brought up
// to date by every call, and reset() makes new objects.
//
//   available  [ c c c c ]      acquire: pop, or new when empty; into the Set
//   in use     { c c }          release: out of the Set, reset, push unless full

interface Timestamps {
  routeMatch: bigint
  pluginStart: bigint
  pluginEnd: bigint
  upstreamStart: bigint
  upstreamEnd: bigint
}

function noTimestamps(): Timestamps {
  return { routeMatch: 0n, pluginStart: 0n, pluginEnd: 0n, upstreamStart: 0n, upstreamEnd: 0n }
}

export class SeedContext {
  requestId = ''
  startTime = 0n
  method = ''
  path = ''
  query: Record<string, string> = {}
  params: Record<string, string> = {}
  headers: Record<string, string> = {}
  body: unknown = undefined
  req: object | null = null
  res: object | null = null
  upstream: object | null = null
  state: Record<string, unknown> = {}
  responded = false
  route: object | null = null
  timestamps: Timestamps = noTimestamps()

  reset(): void {
    this.requestId = ''
    this.startTime = 0n
    this.method = ''
    this.path = ''
    this.query = {}
    this.params = {}
    this.headers = {}
    this.body = undefined
    this.req = null
    this.res = null
    this.upstream = null
    this.state = {}
    this.responded = false
    this.route = null
    this.timestamps = noTimestamps()
  }
}

export class SeedPool {
  readonly #available: SeedContext[] = []
  readonly #inUse = new Set<SeedContext>()
  readonly #size: number
  readonly #metrics: { size: number; available: number; inUse: number; hits: number; misses: number; total: number }

  constructor(size = 1_000) {
    this.#size = size
    for (let made = 0; made < size; made++) this.#available.push(new SeedContext())
    this.#metrics = { size, available: size, inUse: 0, hits: 0, misses: 0, total: 0 }
  }

  acquire(): SeedContext {
    this.#metrics.total++
    let context = this.#available.pop()
    if (context === undefined) {
      this.#metrics.misses++
      context = new SeedContext()
    } else {
      this.#metrics.hits++
    }
    this.#inUse.add(context)
    this.#count()
    return context
  }

  release(context: SeedContext): void {
    if (!this.#inUse.has(context)) return
    this.#inUse.delete(context)
    context.reset()
    if (this.#available.length < this.#size) this.#available.push(context)
    this.#count()
  }

  hitRate(): number {
    const { hits, total } = this.#metrics
    return total === 0 ? 0 : (hits / total) * 100
  }

  #count(): void {
    this.#metrics.available = this.#available.length
    this.#metrics.inUse = this.#inUse.size
  }
}
