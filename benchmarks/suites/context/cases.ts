import type { Case } from '../../runner/suite.ts'
import type { Content, ContextDesign, Request, Source } from './design.ts'

const METHODS = ['GET', 'POST', 'PUT', 'DELETE']
const REQUESTS = 251
/** What is kept by default, and what the burst exceeds. */
const DEFAULT_SIZE = 1_000
const BURST = 16_384
const HUNDRED_THOUSAND = 100_000
/** In one timed call: what plain new leaves to the collector is collected within it, and not between two samples. */
const TURNS = 65_536

function requests(): Request[] {
  return Array.from({ length: REQUESTS }, (_, index) => ({
    method: METHODS[index % METHODS.length] ?? '',
    path: `/api/orders/${index * 7_919}`,
  }))
}

/** What requests find in their contexts as they get them, and once they have written; overlapping by `inFlight`. */
function contents(source: Source<object>, inputs: readonly Request[], inFlight: number): Content[] {
  const open: object[] = []
  return inputs.flatMap((request) => {
    const oldest = open.length === inFlight ? open.shift() : undefined
    if (oldest !== undefined) {
      source.give(oldest)
      // Given back twice: it must not be handed out twice.
      source.give(oldest)
    }
    const context = source.take()
    const before = source.content(context)
    source.write(context, request)
    open.push(context)
    return [before, source.content(context)]
  })
}

function takeAll(source: Source<object>, count: number): object[] {
  return Array.from({ length: count }, () => source.take())
}

/** So many requests are open at any time; the oldest ends, a new one begins. */
function turnover(inFlight: number): Case<ContextDesign, Request> {
  return {
    kind: 'sync',
    name: `in-flight-${inFlight}`,
    title: `one request ends, one begins; ${inFlight.toLocaleString('en-US')} in flight, as many kept; collections included`,
    measures: ['nanoseconds'],
    unit: 'acquire and release',
    operations: TURNS,
    inputs: requests,
    answer: (design, inputs) => contents(design.source(inFlight), inputs, Math.min(inFlight, 16)),
    prepare: (design, inputs) => {
      const source = design.source(inFlight)
      const open = takeAll(source, inFlight)
      let at = 0
      return (request) => {
        let sum = request.path.length
        for (let turn = 0, next = 0; turn < TURNS; turn++) {
          source.give(open[at] as object)
          const context = source.take()
          source.write(context, inputs[next] as Request)
          open[at] = context
          at = at + 1 === inFlight ? 0 : at + 1
          next = next + 1 === inputs.length ? 0 : next + 1
          sum = (sum + source.read(context)) | 0
        }
        return sum
      }
    },
  }
}

export const cases: readonly Case<ContextDesign, Request>[] = [
  turnover(256),
  turnover(16_384),
  {
    kind: 'sync',
    name: 'allocated',
    title: 'what one request ends and one begins allocate',
    measures: ['bytes'],
    unit: 'acquire and release',
    inputs: requests,
    answer: (design, inputs) => contents(design.source(1), inputs, 1),
    prepare: (design) => {
      const source = design.source(DEFAULT_SIZE)
      let open = source.take()
      return (request) => {
        source.give(open)
        open = source.take()
        source.write(open, request)
        return source.read(open)
      }
    },
  },
  {
    kind: 'sync',
    name: 'burst',
    title: `${BURST.toLocaleString('en-US')} requests begin, then all end; 1,000 contexts are kept`,
    unit: 'acquire and release',
    operations: BURST,
    inputs: requests,
    answer: (design, inputs) => contents(design.source(2), inputs, 32),
    prepare: (design) => {
      const source = design.source(DEFAULT_SIZE)
      const open = new Array<object>(BURST)
      return (request) => {
        let sum = 0
        for (let index = 0; index < BURST; index++) {
          const context = source.take()
          source.write(context, request)
          open[index] = context
        }
        for (let index = 0; index < BURST; index++) {
          const context = open[index] as object
          sum = (sum + source.read(context)) | 0
          source.give(context)
        }
        return sum
      }
    },
  },
  {
    kind: 'sync',
    name: 'reset',
    title: 'reset() of a context in use',
    unit: 'reset',
    inputs: requests,
    answer: (design, inputs) => {
      const source = design.source(1)
      const context = source.take()
      return inputs.map((request) => {
        source.write(context, request)
        source.reset(context)
        return source.content(context)
      })
    },
    skip: { 'plain-new': 'nothing is reset that is not used again' },
    prepare: (design) => {
      const source = design.source(DEFAULT_SIZE)
      const open = takeAll(source, 64)
      let at = 0
      return (request) => {
        const context = open[at] as object
        at = at + 1 === 64 ? 0 : at + 1
        source.write(context, request)
        source.reset(context)
        return source.read(context)
      }
    },
  },
  {
    kind: 'retained',
    name: 'heap-100000',
    title: 'what 100,000 requests leave behind',
    items: HUNDRED_THOUSAND,
    unit: 'request',
    repeats: 3,
    inputs: requests,
    answer: (design, inputs) => contents(design.source(DEFAULT_SIZE), inputs, 64),
    prepare: (design, inputs) => {
      const source = design.source(DEFAULT_SIZE)
      return () => {
        for (let done = 0; done < HUNDRED_THOUSAND; done++) {
          const context = source.take()
          source.write(context, inputs[done % inputs.length] as Request)
          source.give(context)
        }
        return source
      }
    },
  },
]
