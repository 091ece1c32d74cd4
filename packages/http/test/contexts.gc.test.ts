import { expect, test } from 'vitest'
import { get, OK, startAnswering, startProxy, until } from './sockets.ts'

test('a request is not held after its end: neither its state nor what its callbacks close over', async () => {
  const upstream = await startAnswering(OK)
  const refs: WeakRef<object>[] = []
  const { port, server } = await startProxy(upstream.port, {
    onHead: (ctx) => {
      const held = { bytes: new Uint8Array(1_000) }
      ctx.state.held = held
      refs.push(new WeakRef(held))
      return 'pass'
    },
  })
  for (let i = 0; i < 20; i++) await get(port)
  await until(() => server.getPoolStats().inUse === 0 && server.getActiveConnectionCount() === 0)
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc?.()
  }
  expect(refs).toHaveLength(20)
  expect(refs.filter((ref) => ref.deref() !== undefined)).toHaveLength(0)
})
