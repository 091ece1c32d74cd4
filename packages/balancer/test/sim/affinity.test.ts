import { expect, test } from 'vitest'
import { AffinityWatch } from '../../src/sim/affinity.ts'
import type { ChurnSpec } from '../../src/sim/scenario.ts'

function change(op: ChurnSpec['op'], server: number, atMs: number): ChurnSpec {
  return { op, server, atMs, speed: 1, workers: 1, weight: 1 }
}

test('counts who stays, spills and moves', () => {
  const watch = new AffinityWatch(10, 3)
  watch.picked(1, 0, 'new', 5)
  watch.picked(1, 1, 'new', 6) // before the measuring begins: not counted, but a home
  watch.picked(1, 1, 'pinned', 10)
  watch.picked(1, 2, 'spill', 11)
  watch.picked(1, 1, 'pinned', 12)
  watch.picked(1, 2, 'overload', 13)
  watch.picked(1, 0, 'unavailable', 14)
  watch.picked(1, 1, 'new', 15)
  watch.picked(2, 0, 'new', 16)
  expect(watch.result()).toEqual({
    kept: 2 / 6,
    repins: { overload: 1, unavailable: 1, removed: 0, other: 1 },
    spills: 1,
    keysMoved: [],
  })
})

test('without sessions nothing is kept or lost', () => {
  expect(new AffinityWatch(0, 3).result().kept).toBeNull()
})

test('counts for each change whom it moved, each session once', () => {
  const watch = new AffinityWatch(0, 3)
  for (const session of [0, 1, 2, 3, 4]) watch.picked(session, session % 3, 'new', 1) // homes 0 1 2 0 1
  watch.changed(change('remove', 1, 10))
  watch.picked(0, 0, 'pinned', 11)
  watch.picked(1, 2, 'removed', 12) // must move
  watch.picked(1, 2, 'pinned', 13)
  watch.picked(2, 0, 'new', 14) // moves for no good reason
  watch.picked(2, 2, 'new', 15) // and again: the same session
  watch.picked(3, 2, 'overload', 16) // for a good one
  watch.changed(change('add', 3, 20))
  watch.picked(4, 3, 'removed', 21) // that was the doing of the change before
  watch.picked(0, 2, 'spill', 22)
  watch.picked(5, 3, 'new', 23) // had no home
  expect(watch.result().keysMoved).toEqual([
    { op: 'remove', server: 1, atMs: 10, seen: 4, minimum: 1, moved: 2 },
    { op: 'add', server: 3, atMs: 20, seen: 1, minimum: 0, moved: 0 },
  ])
  expect(watch.result().repins).toEqual({ overload: 1, unavailable: 0, removed: 2, other: 2 })
})

test('a session that is drained away has moved, one that stays has not', () => {
  const watch = new AffinityWatch(0, 2)
  watch.picked(0, 0, 'new', 1)
  watch.picked(1, 0, 'new', 1)
  watch.changed(change('drain', 0, 5))
  watch.picked(0, 0, 'pinned', 6)
  watch.picked(1, 1, 'new', 6)
  expect(watch.result().keysMoved).toEqual([{ op: 'drain', server: 0, atMs: 5, seen: 2, minimum: 0, moved: 1 }])
})
