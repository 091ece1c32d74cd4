import type { Case, PausesCase, RetainedCase, SyncCase } from '../../runner/suite.ts'
import type { BoundedCache, Subject } from './bounded-cache.ts'
import { bytesOf, createRandom, createZipf, KEY_LENGTH, type KeyKind, keyOf } from './keys.ts'

type Key = string | number
type CallCase = SyncCase<Subject, number>
type Operation = 'hit' | 'update' | 'evict' | 'zipf'

/** Operations in one call: so many that the runner around them vanishes. */
const BLOCK = 1_024
/** Keys that are looked up or stored in turn. */
const LOOKUPS = 65_536
/** Nothing expires while it is measured. */
const TTL_MS = 3_600_000
/** Entries whose memory is counted. */
const KEPT = 100_000
const ANSWERED = 50

const ALL = [
  'map',
  'lru',
  'clock',
  'adaptive',
  'legacy-timer',
  'legacy-sort',
  'lru-cache',
  'tiny-lru',
  'quick-lru',
  'mnemonist',
  'ttlcache',
]
const NO_BOUND = 'has no bound'
const NO_TTL = 'has no TTL'
const NEEDS_TTL = 'has a TTL always'
const DROPS = 'drops a tenth when it is full, also for a key that is there'
const ELSEWHERE = 'measured at 10,000 entries with TTL'

/** Reasons for whoever is not in the list. */
function skipAllBut(names: readonly string[], ttl: boolean, operation: Operation | 'keep'): Record<string, string> {
  const reason = (name: string): string => {
    if (ttl && name === 'mnemonist') return NO_TTL
    if (!ttl && (name === 'ttlcache' || name.startsWith('legacy'))) return NEEDS_TTL
    if (operation === 'evict' && (name === 'map' || name === 'legacy-timer')) return NO_BOUND
    return ELSEWHERE
  }
  return Object.fromEntries(ALL.filter((name) => !names.includes(name)).map((name) => [name, reason(name)]))
}

function fill(cache: BoundedCache<Key>, kind: KeyKind, entries: number): void {
  for (let i = 0; i < entries; i++) cache.set(keyOf(kind, i), i)
}

/** Numbers of the keys that are used in turn, `entries` of them being stored. */
function numbers(operation: Operation, entries: number): number[] {
  const random = createRandom(entries)
  if (operation === 'evict') {
    // Never stored before, and not stored any more when its turn comes again.
    return Array.from({ length: Math.max(LOOKUPS, 1.05 * entries) }, (_, i) => entries + i)
  }
  const zipf = createZipf(4 * entries, random)
  return Array.from({ length: LOOKUPS }, () => (operation === 'zipf' ? zipf() : Math.floor(random() * entries)))
}

/** One block of operations, beginning at the key of that number. */
function blockOf(cache: BoundedCache<Key>, operation: Operation, kind: KeyKind, order: readonly number[]) {
  if (kind === 'fresh') {
    const bytes = bytesOf(order)
    return (begin: number): number => {
      let sum = 0
      for (let i = begin; i < begin + BLOCK; i++) {
        sum += cache.get(bytes.toString('latin1', i * KEY_LENGTH, (i + 1) * KEY_LENGTH)) ?? 0
      }
      return sum | 0
    }
  }
  const keys = order.map((i) => keyOf(kind, i))
  if (operation === 'hit') {
    return (begin: number): number => {
      let sum = 0
      for (let i = begin; i < begin + BLOCK; i++) sum += cache.get(keys[i] as Key) ?? 0
      return sum | 0
    }
  }
  if (operation === 'zipf') {
    return (begin: number): number => {
      let sum = 0
      for (let i = begin; i < begin + BLOCK; i++) {
        const value = cache.get(keys[i] as Key)
        if (value === undefined) cache.set(keys[i] as Key, i)
        else sum += value
      }
      return sum | 0
    }
  }
  return (begin: number): number => {
    for (let i = begin; i < begin + BLOCK; i++) cache.set(keys[i] as Key, i)
    return begin
  }
}

/** What a small cache holds after being filled, updated, and, if it has a bound, overfilled. */
function answer(subject: Subject, kind: KeyKind, ttl: boolean, operation: Operation): unknown {
  const cache = subject.make<Key>(ANSWERED, ttl ? TTL_MS : undefined)
  fill(cache, kind, ANSWERED)
  if (operation === 'update') for (let i = 0; i < ANSWERED; i += 2) cache.set(keyOf(kind, i), 1_000 + i)
  if (operation !== 'evict') return Array.from({ length: ANSWERED }, (_, i) => cache.get(keyOf(kind, i)))
  for (let i = 0; i < 10 * ANSWERED; i++) cache.set(keyOf(kind, ANSWERED + i), i)
  const newest = 10 * ANSWERED - 1
  return [cache.get(keyOf(kind, ANSWERED + newest)), cache.get(keyOf(kind, 0)), cache.get(keyOf(kind, ANSWERED + 1))]
}

const WHAT: Readonly<Record<Operation, string>> = {
  hit: 'a get that hits',
  update: 'a set of a key that is there',
  evict: 'a set that evicts',
  zipf: 'a get, and a set if it misses; keys by Zipf 0.99 over four times as many',
}

function call(operation: Operation, kind: KeyKind, entries: number, ttl: boolean, names: readonly string[]): CallCase {
  const size = entries.toLocaleString('en-US')
  return {
    kind: 'sync',
    name: `${operation}-${kind}-${entries}${ttl ? '' : '-no-ttl'}`,
    title: `${WHAT[operation]}; ${size} entries, ${kind} keys, ${ttl ? 'with' : 'without'} TTL`,
    measures: ['nanoseconds'],
    operations: BLOCK,
    unit: operation === 'hit' ? 'get' : 'set',
    inputs: () => {
      const blocks = Math.floor(numbers(operation, entries).length / BLOCK)
      return Array.from({ length: blocks }, (_, block) => block * BLOCK)
    },
    answer: (subject) => answer(subject, kind, ttl, operation),
    prepare: (subject) => {
      const cache = subject.make<Key>(entries, ttl ? TTL_MS : undefined)
      fill(cache, kind, entries)
      return blockOf(cache, operation, kind, numbers(operation, entries))
    },
    ...(operation === 'update' && names.includes('legacy-sort') ? { differs: { 'legacy-sort': DROPS } } : {}),
    skip: skipAllBut(names, ttl, operation),
  }
}

function pauses(entries: number, names: readonly string[], calls: number): PausesCase<Subject, number> {
  return {
    kind: 'pauses',
    name: `pauses-${entries}`,
    title: `single sets that evict, each timed; ${entries.toLocaleString('en-US')} entries, string keys, with TTL`,
    unit: 'set',
    calls,
    inputs: () => [0, 1],
    answer: (subject) => answer(subject, 'string', true, 'hit'),
    prepare: (subject) => {
      const cache = subject.make<Key>(entries, TTL_MS)
      fill(cache, 'string', entries)
      const keys = numbers('evict', entries).map((i) => keyOf('string', i))
      let next = 0
      return () => {
        cache.set(keys[next] as Key, next)
        next = next === keys.length - 1 ? 0 : next + 1
        return next
      }
    },
    skip: skipAllBut(names, true, 'keep'),
  }
}

function kept(kind: KeyKind, ttl: boolean, names: readonly string[]): RetainedCase<Subject, number> {
  return {
    kind: 'retained',
    name: `heap-${kind}${ttl ? '' : '-no-ttl'}`,
    title: `memory of ${KEPT.toLocaleString('en-US')} entries, keys and values not counted; ${kind} keys, ${ttl ? 'with' : 'without'} TTL`,
    unit: 'entry',
    items: KEPT,
    inputs: () => [0, 1],
    answer: (subject) => answer(subject, kind, ttl, 'hit'),
    prepare: (subject) => {
      const keys = Array.from({ length: KEPT }, (_, i) => keyOf(kind, i))
      // Code and type feedback are there before it counts.
      fill(subject.make<Key>(100, ttl ? TTL_MS : undefined), kind, 1_000)
      return () => {
        const cache = subject.make<Key>(KEPT, ttl ? TTL_MS : undefined)
        for (let i = 0; i < KEPT; i++) cache.set(keys[i] as Key, i)
        return [cache, keys]
      }
    },
    skip: skipAllBut(names, ttl, 'keep'),
  }
}

const WITH_TTL = ALL.filter((name) => name !== 'mnemonist')
const BOUNDED = WITH_TTL.filter((name) => name !== 'map' && name !== 'legacy-timer')
const OURS = ['lru', 'clock', 'adaptive']

export const cases: readonly Case<Subject, number>[] = [
  call('hit', 'string', 10_000, true, WITH_TTL),
  call('update', 'string', 10_000, true, WITH_TTL),
  call('evict', 'string', 10_000, true, BOUNDED),
  call('hit', 'integer', 10_000, true, [...OURS, 'map', 'lru-cache', 'tiny-lru', 'quick-lru']),
  call('update', 'integer', 10_000, true, [...OURS, 'map', 'lru-cache', 'tiny-lru']),
  call('evict', 'integer', 10_000, true, [...OURS, 'lru-cache', 'tiny-lru', 'quick-lru', 'legacy-sort']),
  call('hit', 'fresh', 10_000, true, [...OURS, 'map', 'lru-cache', 'tiny-lru']),
  call('zipf', 'string', 10_000, true, [...OURS, 'lru-cache', 'tiny-lru']),
  call('hit', 'string', 10_000, false, ['map', 'clock', 'lru-cache', 'tiny-lru', 'mnemonist']),
  call('evict', 'string', 10_000, false, ['clock', 'lru-cache', 'mnemonist']),
  call('hit', 'string', 1_000, true, ['map', 'lru', 'clock', 'lru-cache', 'tiny-lru']),
  call('evict', 'string', 1_000, true, ['lru', 'clock', 'lru-cache']),
  call('hit', 'string', 1_000_000, true, ['map', 'clock', 'lru-cache']),
  call('evict', 'string', 1_000_000, true, ['clock', 'lru-cache']),
  call('hit', 'integer', 1_000_000, true, ['map', 'clock', 'lru-cache']),
  call('evict', 'integer', 1_000_000, true, ['clock', 'lru-cache']),
  pauses(10_000, ['clock', 'adaptive', 'legacy-sort', 'lru-cache'], 200_000),
  pauses(1_000_000, ['map', 'clock', 'lru-cache'], 1_000_000),
  kept('string', true, WITH_TTL),
  kept('string', false, ['map', 'lru', 'clock', 'adaptive', 'lru-cache', 'tiny-lru', 'quick-lru', 'mnemonist']),
  kept('integer', true, ['map', ...OURS, 'lru-cache']),
]
