import { expect, test } from 'vitest'
import { RequestRouter, Router } from '../src/index.ts'

const collect = globalThis.gc

async function heapAfterCollection(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collect?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().heapUsed
}

function fill(router: Router<object>, round: number): void {
  for (let i = 0; i < 50; i++) {
    const handler = { round, i }
    router.register('GET', `/static/r${round}/n${i}`, handler)
    router.register('GET', `/r${round}/:id/n${i}`, handler)
    router.register(`X${i}`, `/r${round}/:a-:b.n${i}/*`, handler)
  }
}

test('register and clear leave nothing behind', async () => {
  const router = new Router<object>()
  const refs: WeakRef<object>[] = []
  const round = (n: number): void => {
    fill(router, n)
    const found = router.match('GET', `/r${n}/1/n7`)
    if (found === null) throw new Error('no match')
    refs.push(new WeakRef(found.handler))
    router.clear()
  }
  for (let n = 0; n < 20; n++) round(n)
  const before = await heapAfterCollection()
  for (let n = 20; n < 200; n++) round(n)
  const after = await heapAfterCollection()
  // One filled router is about 100 KB; 180 kept ones would be 18 MB.
  expect(after - before).toBeLessThan(1_000_000)
  expect(refs.filter((ref) => ref.deref() !== undefined)).toHaveLength(0)
})

test('10⁶ matches with ever new paths and methods leave nothing behind', { timeout: 60_000 }, async () => {
  const router = new Router<object>()
  fill(router, 0)
  const matches = (from: number, to: number): number => {
    let found = 0
    for (let i = from; i < to; i++) {
      if (router.match('GET', `/r0/value-${i}/n${i % 50}`) !== null) found++
      if (router.match(`M${i}`, `/static/r0/miss-${i}`) !== null) found++
      if (router.match(`X${i % 50}`, `/r0/${i}-%41.n${i % 50}/tail/${i}`) !== null) found++
    }
    return found
  }
  matches(0, 1000)
  const before = await heapAfterCollection()
  // Three matches each.
  expect(matches(1000, 335_000)).toBe(668_000)
  const after = await heapAfterCollection()
  expect(after - before).toBeLessThan(1_000_000)
})

test('the last path looked up is not held', async () => {
  const router = new Router<object>()
  fill(router, 0)
  // Strings cannot be watched; 20 MB of path would show.
  const before = await heapAfterCollection()
  for (const tail of ['n1', 'miss']) router.match('GET', `/r0/${'x'.repeat(10_000_000)}/${tail}`)
  const after = await heapAfterCollection()
  expect(after - before).toBeLessThan(5_000_000)
})

test('a request that was matched is not held', async () => {
  const router = new RequestRouter<number>()
  router.register('GET', '/:id', 1, { host: 'a.example', headers: { a: true }, query: { b: '1' } })
  const ref = ((): WeakRef<object> => {
    const request = { method: 'GET', path: '/1', host: 'a.example', headers: { a: '1' }, query: 'b=1' }
    if (router.match(request) === null) throw new Error('no match')
    return new WeakRef(request)
  })()
  await heapAfterCollection()
  expect(ref.deref()).toBeUndefined()
})

test('register and clear of a RequestRouter leave neither handlers nor functions behind', async () => {
  const router = new RequestRouter<object>()
  const refs = ((): WeakRef<object>[] => {
    const all: WeakRef<object>[] = []
    for (let n = 0; n < 20; n++) {
      const handler = { n }
      const condition = (value: string): boolean => value === String(n)
      router.register('GET', `/:id/n${n}`, handler, { host: `h${n}.example`, headers: { a: condition } })
      const request = { method: 'GET', path: `/1/n${n}`, host: `h${n}.example`, headers: { a: String(n) } }
      if (router.match(request)?.handler !== handler) throw new Error('no match')
      all.push(new WeakRef(handler), new WeakRef(condition))
      router.clear()
    }
    return all
  })()
  await heapAfterCollection()
  expect(refs.filter((ref) => ref.deref() !== undefined)).toHaveLength(0)
})
