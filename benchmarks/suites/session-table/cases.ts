import type { RetainedCase, SyncCase } from '../../runner/suite.ts'
import type { SessionStore, StoreDesign } from './table.ts'

const ENDPOINTS = 8
const ID_LENGTH = 36
/** Positions that are fed in turn: enough that neither a branch predictor nor a small cache learns them. */
const INPUTS = 65_521
const FORGETS = 'remembers nothing'

/** Ids as they come from the network: bytes, of which each request makes a string that nobody has hashed yet. */
export class IdBytes {
  readonly #bytes: Buffer

  constructor(count: number, kind: string) {
    this.#bytes = Buffer.alloc(count * ID_LENGTH)
    // As random as a UUID: equal beginnings would be kind to nobody, and equal lengths are the rule.
    let state = kind.charCodeAt(0) + count
    for (let at = 0; at < this.#bytes.length; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      this.#bytes[at] = '0123456789abcdef'.charCodeAt(state >>> 28)
    }
    for (let index = 0; index < count; index++) this.#bytes.write(`${kind}${index}-`, index * ID_LENGTH, 'latin1')
  }

  at(index: number): string {
    return this.#bytes.toString('latin1', index * ID_LENGTH, (index + 1) * ID_LENGTH)
  }
}

/** The same positions on every call. */
function positions(limit: number): number[] {
  let state = 12_345
  return Array.from({ length: INPUTS }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0
    return Math.floor(((state >>> 0) / 2 ** 32) * limit)
  })
}

function filled(design: StoreDesign, max: number, count: number, kind: string): { store: SessionStore; ids: IdBytes } {
  const store = design.createStore(max, ENDPOINTS)
  const ids = new IdBytes(count, kind)
  for (let index = 0; index < count; index++) store.route(ids.at(index))
  return { store, ids }
}

/** Where a few hundred sessions go, asked twice: the second time each must be where it was. */
function answer(design: StoreDesign): number[] {
  const { store, ids } = filled(design, 1000, 500, 'a')
  return [...Array.from({ length: 500 }, (_, index) => store.route(ids.at(499 - index))), store.size()]
}

export type TableCase = SyncCase<StoreDesign, number> | RetainedCase<StoreDesign, number>

function hit(max: number): TableCase {
  return {
    kind: 'sync',
    name: `hit-${max}`,
    title: `route a known session; ${max.toLocaleString('en-US')} of them, 36 characters, a fresh string each time`,
    inputs: () => positions(Math.floor(max * 0.9)),
    answer,
    differs: { 'id-alone': FORGETS },
    prepare: (design) => {
      const { store, ids } = filled(design, max, Math.floor(max * 0.9), 'k')
      return (index) => store.route(ids.at(index))
    },
  }
}

/** A tenth of the table per call: as much as the legacy design lets go at once, so that every call pays for it. */
function insertWhenFull(max: number): TableCase {
  const operations = max / 10
  return {
    kind: 'sync',
    name: `insert-full-${max}`,
    title: `a session never seen before meets a table that is full; room for ${max.toLocaleString('en-US')}`,
    inputs: () => [1, 2],
    operations,
    unit: 'insert',
    // What an insert leaves on the heap is what the table holds: see hold-1000000.
    measures: ['nanoseconds'],
    answer,
    differs: { 'id-alone': FORGETS },
    skip: { 'legacy-timers': 'has no bound: it grows until the process dies' },
    prepare: (design) => {
      const { store } = filled(design, max, Math.ceil(max * 1.2), 'k')
      // A counter in front makes each id a new one.
      const bytes = Buffer.alloc(ID_LENGTH, 'x')
      let serial = 0
      return (salt) => {
        let sum = 0
        for (let insert = 0; insert < operations; insert++) {
          bytes.writeDoubleLE(serial++, 0)
          bytes.writeInt32LE(Math.imul(serial, 0x9e3779b1) + salt, 8)
          sum = (sum + store.route(bytes.toString('latin1', 0, ID_LENGTH))) | 0
        }
        return sum
      }
    },
  }
}

/** Compiled code is no session's. */
export function warm(createStore: StoreDesign['createStore']): void {
  const store = createStore(1000, ENDPOINTS)
  const ids = new IdBytes(1000, 'w')
  for (let index = 0; index < 200_000; index++) store.route(ids.at(index % 1000))
}

function hold(sessions: number): TableCase {
  return {
    kind: 'retained',
    name: `hold-${sessions}`,
    title: `${sessions.toLocaleString('en-US')} sessions: bytes each, timers, collections while they came`,
    items: sessions,
    unit: 'session',
    idleMs: 200,
    inputs: () => [1, 2],
    answer,
    differs: { 'id-alone': FORGETS },
    prepare: (design) => {
      warm(design.createStore)
      // The ids are there before and after.
      const ids = new IdBytes(sessions, 'k')
      return () => {
        const store = design.createStore(sessions, ENDPOINTS)
        for (let index = 0; index < sessions; index++) store.route(ids.at(index))
        return { store, ids }
      }
    },
  }
}

export const cases: readonly TableCase[] = [
  hit(10_000),
  hit(1_000_000),
  insertWhenFull(10_000),
  insertWhenFull(1_000_000),
  hold(1_000_000),
]
