/** No entry for the key. */
export const ABSENT = -1
/** There was an entry, but its time is over. It is gone now. */
export const EXPIRED = -2

const ENTRIES_PER_BUCKET = 8
const WORDS_PER_ENTRY = 4
/** One more than an entry: its bucket. */
const WORDS_PER_EXPORT = 5
const WORDS_PER_BUCKET = ENTRIES_PER_BUCKET * WORDS_PER_ENTRY

// At 1.1 slots per session 0.85 % of the pins are lost early while the table fills up, at 1.0 several per cent.
const SLOTS_PER_SESSION = 1.1

// Keeps tick + time to live, which is at most 1e9 ticks, inside an int32.
const LAST_TICK = 2 ** 30

/** Distinct pins: a pin has 16 bits of its word, the age the other 15. */
const PINS = 0x1_0000
const PIN_BITS = 16
const AGE_MASK = 0x7fff
/** The greatest age in units: half of what 15 bits tell apart, so that an age is never ambiguous. */
const MOST_AGE_UNITS = 1 << 14

/** The living entries of a table, with times relative to the moment at which they were taken. */
export interface TableEntries {
  /** Five per entry: a, b, ticks left to live, age in units · 65,536 + pin, bucket. */
  readonly words: Int32Array
  readonly buckets: number
  readonly tickMs: number
  readonly ageUnitMs: number
}

export interface SessionTableOptions {
  /** Most sessions held at once, from 1. */
  readonly max: number
  /** Time to live after the last use, 1 to 1e12 ms. */
  readonly ttlMs: number
  /** Time to live after the first use, however often it is used; none when left out. At least 1 ms. */
  readonly maxAgeMs?: number | undefined
  readonly clock: { now(): number }
  /** Memory to work in: zeroed, `SessionTable.wordsFor(max)` long. Made when left out. */
  readonly words?: Int32Array
}

/**
 * Session pins in one Int32Array: set-associative, bounded, with sliding expiry and without timers. It holds
 * fingerprints (session-hash.ts), never ids, and one number per session, the pin, whose meaning is the caller's.
 *
 *   bucket 0                                   bucket 1
 *   ┌─────────────────────┬─────┬─────────┐    ┌────
 *   │ entry 0             │  …  │ entry 7 │    │  …     nb = ceil(max · 1.1 / 8) buckets, at least 2
 *   └─────────────────────┴─────┴─────────┘    └────
 *     a    b    expiry  age, pin       4 words = 16 bytes; 17.6 bytes per session
 *     │    └ 0: empty   └ 15 bits: when it was pinned, in units of 1/16,384 of the greatest age; 16 bits: the pin
 *     └ fingerprint     expiry: first tick at which the entry counts as gone
 *
 * A key belongs to bucket a mod nb and to one of the other nb − 1, chosen by b without its lowest bit, which is always
 * set. Find, set and delete look at these 16 entries and no others: O(1) by construction, no rehashing, no long chain.
 * A set takes a free entry of the emptier bucket, clearing what has expired on the way; when there is none, or the
 * table holds `max`, the entry that expires first among the 16 goes. All live equally long, so that is the least
 * recently used of them.
 *
 * Time runs in ticks of a thousandth of the time to live, 1 ms to 1 s, from the making of the table; an entry lives
 * its time to live and at most one tick more, and never longer than the greatest age and at most two units of it.
 * A clock that jumps back stands still here.
 */
export class SessionTable {
  readonly max: number
  readonly #words: Int32Array
  readonly #buckets: number
  readonly #ttlMs: number
  readonly #tickMs: number
  readonly #clock: { now(): number }
  /** Sessions by pin, the expired included. */
  #counts: Int32Array = new Int32Array(16)
  readonly #maxAgeTicks: number
  /** Ticks per unit of age, a power of two. */
  readonly #ageUnit: number
  #start: number
  #tick = 0
  /** Expiry of an entry used at #tick. */
  #expiry: number
  /** Entries that are not empty, the expired included. */
  #used = 0
  /** Where in a bucket the search for a victim begins: entries of one tick shall not always lose the same one. */
  #turn = 0

  constructor(options: SessionTableOptions) {
    this.max = options.max
    this.#words = options.words ?? new Int32Array(SessionTable.wordsFor(options.max))
    this.#buckets = this.#words.length / WORDS_PER_BUCKET
    this.#ttlMs = options.ttlMs
    this.#tickMs = Math.min(Math.max(Math.floor(options.ttlMs / 1000), 1), 1000)
    this.#clock = options.clock
    this.#start = options.clock.now()
    this.#expiry = Math.ceil(options.ttlMs / this.#tickMs)
    this.#maxAgeTicks = Math.ceil((options.maxAgeMs ?? Number.POSITIVE_INFINITY) / this.#tickMs)
    let unit = 1
    while (this.#maxAgeTicks < Number.POSITIVE_INFINITY && this.#maxAgeTicks / unit > MOST_AGE_UNITS) unit *= 2
    this.#ageUnit = unit
  }

  static wordsFor(max: number): number {
    return Math.max(Math.ceil((max * SLOTS_PER_SESSION) / ENTRIES_PER_BUCKET), 2) * WORDS_PER_BUCKET
  }

  /** Bytes held, the same from the first session to the last. */
  get byteLength(): number {
    return this.#words.byteLength
  }

  /** The key's pin, its life prolonged; ABSENT; or EXPIRED, once. */
  find(a: number, b: number): number {
    this.#readClock()
    const at = this.#locate(a, b)
    if (at === -1) return ABSENT
    const words = this.#words
    if ((words[at + 2] as number) <= this.#tick) {
      this.#clear(at)
      return EXPIRED
    }
    const word = words[at + 3] as number
    words[at + 2] = this.#maxAgeTicks === Number.POSITIVE_INFINITY ? this.#expiry : this.#cappedExpiry(word)
    return word & (PINS - 1)
  }

  /** As `find`, without prolonging the life of what it finds, and without clearing it. */
  peek(a: number, b: number): number {
    this.#readClock()
    const at = this.#locate(a, b)
    if (at === -1) return ABSENT
    if ((this.#words[at + 2] as number) <= this.#tick) return EXPIRED
    return (this.#words[at + 3] as number) & (PINS - 1)
  }

  /**
   * Pins the key to `pin`, 0 to 65,535; a key that is pinned already keeps its age. False when nothing was stored: the table holds `max` entries and none of them is among the 16, which
   * takes a table of more than 80 sessions and two empty buckets in it (odds below 1e-12 by chance).
   */
  set(a: number, b: number, pin: number): boolean {
    this.#readClock()
    const known = this.#locate(a, b)
    const at = known === -1 ? this.#makeRoom(a, b) : known
    if (at === -1) return false
    const words = this.#words
    const former = known === -1 ? -1 : (words[at + 3] as number)
    const alive = former !== -1 && (words[at + 2] as number) > this.#tick
    if (former !== -1) this.#count(former & (PINS - 1), -1)
    const word = ((alive ? former >>> PIN_BITS : this.#birth()) << PIN_BITS) | pin
    words[at] = a
    words[at + 1] = b
    words[at + 3] = word
    words[at + 2] = this.#maxAgeTicks === Number.POSITIVE_INFINITY ? this.#expiry : this.#cappedExpiry(word)
    this.#count(pin, 1)
    return true
  }

  /** Forgets the key. True when it was there and alive. */
  delete(a: number, b: number): boolean {
    this.#readClock()
    const at = this.#locate(a, b)
    if (at === -1) return false
    const alive = (this.#words[at + 2] as number) > this.#tick
    this.#clear(at)
    return alive
  }

  /** Entries held, the expired included that nobody has met yet. O(1). */
  get used(): number {
    return this.#used
  }

  /** Entries with this pin, the expired included that nobody has met yet. O(1). */
  countOf(pin: number): number {
    return pin < this.#counts.length ? (this.#counts[pin] as number) : 0
  }

  /** Sessions alive now. One pass over the table. */
  size(): number {
    let alive = 0
    this.forEachPin(() => alive++)
    return alive
  }

  /** One pass over the pins of the living sessions. */
  forEachPin(visit: (pin: number) => void): void {
    this.#readClock()
    const words = this.#words
    for (let at = 0; at < words.length; at += WORDS_PER_ENTRY) {
      if (words[at + 1] !== 0 && (words[at + 2] as number) > this.#tick) visit((words[at + 3] as number) & (PINS - 1))
    }
  }

  /** Clears what has expired and returns how many that were. One pass; never needed for correctness. */
  clearExpired(): number {
    this.#readClock()
    return this.#clearWhere((at) => (this.#words[at + 2] as number) <= this.#tick)
  }

  /** Clears the entries whose pin passes the test and returns how many that were. One pass. */
  deleteWhere(test: (pin: number) => boolean): number {
    return this.#clearWhere((at) => test((this.#words[at + 3] as number) & (PINS - 1)))
  }

  /** What `importEntries` takes. One pass. */
  exportEntries(): TableEntries {
    this.#readClock()
    const words = this.#words
    const exported = new Int32Array(this.#used * WORDS_PER_EXPORT)
    const now = Math.floor(this.#tick / this.#ageUnit)
    let to = 0
    for (let at = 0; at < words.length; at += WORDS_PER_ENTRY) {
      if (words[at + 1] === 0 || (words[at + 2] as number) <= this.#tick) continue
      const word = words[at + 3] as number
      exported[to] = words[at] as number
      exported[to + 1] = words[at + 1] as number
      exported[to + 2] = (words[at + 2] as number) - this.#tick
      exported[to + 3] = (((now - (word >>> PIN_BITS)) & AGE_MASK) << PIN_BITS) | (word & (PINS - 1))
      exported[to + 4] = Math.floor(at / WORDS_PER_BUCKET)
      to += WORDS_PER_EXPORT
    }
    const { length } = exported
    return {
      words: to === length ? exported : exported.slice(0, to),
      buckets: this.#buckets,
      tickMs: this.#tickMs,
      ageUnitMs: this.#ageUnit * this.#tickMs,
    }
  }

  /**
   * Enters what another table exported `elapsedMs` ago into this one, which is empty; returns how many were entered.
   * `pinOf` translates a pin, -1 leaves its entries out. Nobody lives longer than this table allows. A table of as many
   * buckets takes every entry in; a smaller one keeps what fits. One pass.
   */
  importEntries(entries: TableEntries, elapsedMs: number, pinOf: (pin: number) => number): number {
    this.#readClock()
    for (let from = 0; from + WORDS_PER_EXPORT <= entries.words.length; from += WORDS_PER_EXPORT) {
      const [a, b, ticks, word, bucket] = entries.words.subarray(from) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ]
      const pin = pinOf(word & (PINS - 1))
      const leftMs = Math.min(ticks * entries.tickMs - elapsedMs, this.#ttlMs)
      const ageMs = (word >>> PIN_BITS) * entries.ageUnitMs + elapsedMs
      const leftOfAgeMs = this.#maxAgeTicks * this.#tickMs - ageMs
      if (pin === -1 || (b & 1) === 0 || leftMs <= 0 || leftOfAgeMs <= 0) continue
      const at = entries.buckets === this.#buckets ? this.#freeIn(bucket) : this.#makeRoom(a, b)
      if (at === -1) continue
      const words = this.#words
      words[at] = a
      words[at + 1] = b
      words[at + 2] = this.#tick + Math.ceil(Math.min(leftMs, leftOfAgeMs) / this.#tickMs)
      words[at + 3] = (this.#birthOf(ageMs) << PIN_BITS) | pin
      this.#count(pin, 1)
    }
    return this.#used
  }

  #freeIn(bucket: number): number {
    if (this.#used === this.max || bucket >= this.#buckets) return -1
    const at = this.#locateIn(bucket, 0, 0)
    if (at !== -1) this.#used++
    return at
  }

  #birthOf(ageMs: number): number {
    if (this.#maxAgeTicks === Number.POSITIVE_INFINITY) return 0
    return Math.floor((this.#tick - ageMs / this.#tickMs) / this.#ageUnit) & AGE_MASK
  }

  #firstBucket(a: number): number {
    return (a >>> 0) % this.#buckets
  }

  // Never the first one, so that a key always has 16 entries. The lowest bit of b is set in every key: modulo an even
  // number of buckets it would leave half of them unused.
  #secondBucket(b: number, first: number): number {
    const other = (b >>> 1) % (this.#buckets - 1)
    return other >= first ? other + 1 : other
  }

  #locate(a: number, b: number): number {
    const first = this.#firstBucket(a)
    const at = this.#locateIn(first, a, b)
    return at === -1 ? this.#locateIn(this.#secondBucket(b, first), a, b) : at
  }

  #locateIn(bucket: number, a: number, b: number): number {
    const words = this.#words
    const begin = bucket * WORDS_PER_BUCKET
    for (let at = begin; at < begin + WORDS_PER_BUCKET; at += WORDS_PER_ENTRY) {
      if (words[at] === a && words[at + 1] === b) return at
    }
    return -1
  }

  #makeRoom(a: number, b: number): number {
    const first = this.#firstBucket(a)
    const second = this.#secondBucket(b, first)
    const freeInFirst = this.#sweep(first)
    const freeInSecond = this.#sweep(second)
    if (freeInFirst + freeInSecond > 0 && this.#used < this.max) {
      this.#used++
      return this.#locateIn(freeInFirst >= freeInSecond ? first : second, 0, 0)
    }
    this.#turn = (this.#turn + 1) & (ENTRIES_PER_BUCKET - 1)
    const victim = this.#firstToExpire(first)
    const other = this.#firstToExpire(second)
    if (victim === -1) return this.#evict(other)
    if (other === -1) return this.#evict(victim)
    return this.#evict((this.#words[other + 2] as number) < (this.#words[victim + 2] as number) ? other : victim)
  }

  /** Clears the expired entries of a bucket; returns how many of its entries are free. */
  #sweep(bucket: number): number {
    const words = this.#words
    const begin = bucket * WORDS_PER_BUCKET
    let free = 0
    for (let at = begin; at < begin + WORDS_PER_BUCKET; at += WORDS_PER_ENTRY) {
      if (words[at + 1] !== 0 && (words[at + 2] as number) <= this.#tick) this.#clear(at)
      if (words[at + 1] === 0) free++
    }
    return free
  }

  #firstToExpire(bucket: number): number {
    const words = this.#words
    const begin = bucket * WORDS_PER_BUCKET
    let best = -1
    for (let step = 0; step < ENTRIES_PER_BUCKET; step++) {
      const at = begin + ((this.#turn + step) & (ENTRIES_PER_BUCKET - 1)) * WORDS_PER_ENTRY
      if (words[at + 1] === 0) continue
      if (best === -1 || (words[at + 2] as number) < (words[best + 2] as number)) best = at
    }
    return best
  }

  #evict(at: number): number {
    if (at !== -1) this.#count((this.#words[at + 3] as number) & (PINS - 1), -1)
    return at
  }

  #clear(at: number): void {
    this.#count((this.#words[at + 3] as number) & (PINS - 1), -1)
    this.#words[at] = 0
    this.#words[at + 1] = 0
    this.#used--
  }

  #clearWhere(test: (at: number) => boolean): number {
    let cleared = 0
    for (let at = 0; at < this.#words.length; at += WORDS_PER_ENTRY) {
      if (this.#words[at + 1] === 0 || !test(at)) continue
      this.#clear(at)
      cleared++
    }
    return cleared
  }

  #count(pin: number, change: number): void {
    if (pin >= this.#counts.length) {
      const larger = new Int32Array(Math.max(pin + 1, this.#counts.length * 2))
      larger.set(this.#counts)
      this.#counts = larger
    }
    this.#counts[pin] = (this.#counts[pin] as number) + change
  }

  #birth(): number {
    return this.#maxAgeTicks === Number.POSITIVE_INFINITY ? 0 : Math.floor(this.#tick / this.#ageUnit) & AGE_MASK
  }

  /** The end of a life used now, of an entry that was pinned when its word says. Never early. */
  #cappedExpiry(word: number): number {
    const now = Math.floor(this.#tick / this.#ageUnit)
    const age = (now - (word >>> PIN_BITS)) & AGE_MASK
    return Math.min(this.#expiry, (now - age + 1) * this.#ageUnit + this.#maxAgeTicks)
  }

  #readClock(): void {
    const elapsedMs = this.#clock.now() - this.#start
    const tick = Math.floor(elapsedMs / this.#tickMs)
    // A step back, or NaN, leaves time where it was.
    if (!(elapsedMs >= 0) || tick < this.#tick) return
    if (tick > LAST_TICK) {
      this.#rebase(tick)
      return
    }
    this.#tick = tick
    this.#expiry = Math.ceil((elapsedMs + this.#ttlMs) / this.#tickMs)
  }

  // Once in 12 days of 1 ms ticks, once in 34 years of 1 s ticks: time begins anew, one pass moves the entries along.
  #rebase(tick: number): void {
    // Whole units, so that ages stay exact.
    const shift = tick - (tick % this.#ageUnit)
    const units = shift / this.#ageUnit
    const words = this.#words
    for (let at = 0; at < words.length; at += WORDS_PER_ENTRY) {
      if (words[at + 1] === 0) continue
      if ((words[at + 2] as number) <= tick) {
        this.#clear(at)
        continue
      }
      const word = words[at + 3] as number
      words[at + 2] = (words[at + 2] as number) - shift
      words[at + 3] = ((((word >>> PIN_BITS) - units) & AGE_MASK) << PIN_BITS) | (word & (PINS - 1))
    }
    this.#start += shift * this.#tickMs
    this.#tick = 0
    this.#readClock()
  }
}
