import type { PickReason } from '../lease.ts'
import type { Affinity, KeysMoved } from './result.ts'
import type { ChurnSpec } from './scenario.ts'

/** A session as the outside sees it. */
interface Track {
  /** Server of its last request that was not a spill. */
  home: number
  /** Number of changes of the set that this session has been counted for as seen, and as moved. */
  seenAt: number
  movedAt: number
}

interface MoveCount {
  readonly change: ChurnSpec
  seen: number
  minimum: number
  moved: number
}

/**
 * Watches from outside where the requests of each session go, whatever the policy believes.
 *
 *   pick(session, server, reason) ─► home a member? ─ no ─► re-pinned: removed
 *                                        │ yes
 *                                        ├─ sent there: kept
 *                                        └─ elsewhere: spill, or re-pinned: overload, unavailable, other
 */
export class AffinityWatch {
  readonly #warmupMs: number
  readonly #members = new Set<number>()
  readonly #tracks = new Map<number, Track>()
  readonly #moves: MoveCount[] = []
  #asked = 0
  #kept = 0
  #spills = 0
  #repins = { overload: 0, unavailable: 0, removed: 0, other: 0 }

  constructor(warmupMs: number, servers: number) {
    this.#warmupMs = warmupMs
    for (let server = 0; server < servers; server++) this.#members.add(server)
  }

  changed(change: ChurnSpec): void {
    if (change.op === 'add') this.#members.add(change.server)
    if (change.op === 'remove') this.#members.delete(change.server)
    this.#moves.push({ change, seen: 0, minimum: 0, moved: 0 })
  }

  picked(session: number, server: number, reason: PickReason, now: number): void {
    const track = this.#tracks.get(session)
    if (track === undefined) {
      const changes = this.#moves.length
      if (reason !== 'spill') this.#tracks.set(session, { home: server, seenAt: changes, movedAt: changes })
      return
    }
    const isPresent = this.#members.has(track.home)
    const isElsewhere = track.home !== server
    const isOther = reason !== 'spill' && reason !== 'overload' && reason !== 'unavailable'
    this.#countMove(track, isPresent, isElsewhere && isOther)
    if (now >= this.#warmupMs) this.#count(isPresent, isElsewhere, reason)
    if (reason !== 'spill') track.home = server
  }

  result(): Affinity {
    return {
      kept: this.#asked === 0 ? null : this.#kept / this.#asked,
      repins: this.#repins,
      spills: this.#spills,
      keysMoved: this.#moves.map(({ change, seen, minimum, moved }): KeysMoved => {
        const { op, server, atMs } = change
        return { op, server, atMs, seen, minimum, moved }
      }),
    }
  }

  #count(isPresent: boolean, isElsewhere: boolean, reason: PickReason): void {
    if (isPresent) this.#asked++
    if (isPresent && !isElsewhere) this.#kept++
    else if (reason === 'spill') this.#spills++
    else if (!isPresent) this.#repins.removed++
    else if (reason === 'overload' || reason === 'unavailable') this.#repins[reason]++
    else this.#repins.other++
  }

  #countMove(track: Track, isPresent: boolean, hasLeft: boolean): void {
    const changes = this.#moves.length
    const last = this.#moves[changes - 1]
    if (last === undefined) return
    if (track.seenAt < changes) {
      // A home lost to an earlier change was that change's doing.
      const wasMember = isPresent || (last.change.op === 'remove' && last.change.server === track.home)
      track.seenAt = changes
      if (!wasMember) track.movedAt = changes
      if (wasMember) last.seen++
      if (wasMember && !isPresent) {
        last.minimum++
        last.moved++
        track.movedAt = changes
      }
    }
    if (isPresent && hasLeft && track.movedAt < changes) {
      last.moved++
      track.movedAt = changes
    }
  }
}
