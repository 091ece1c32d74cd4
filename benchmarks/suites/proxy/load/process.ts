// The process that holds the load and the upstream, both on the core that no contender uses: one event loop for the two
// costs less than two processes that take turns. Orders come over IPC. It ends with its parent, and takes the contenders
// along when the parent had no time to.
import { measureHold, measureRun } from './measure.ts'
import type { Order, Reply, WatchOrder } from './orders.ts'
import { Upstream } from './upstream.ts'

const upstream = new Upstream()
let watched: readonly number[] = []

function reply(message: Reply): void {
  process.send?.(message)
}

async function carryOut(order: Order): Promise<unknown> {
  return order.do === 'run' ? await measureRun(order, upstream) : await measureHold(order)
}

process.on('disconnect', () => {
  for (const pid of watched) {
    try {
      process.kill(pid)
    } catch {
      // ended already
    }
  }
  process.exit(0)
})
// Ctrl-C reaches the whole group: the parent decides when this ends.
process.on('SIGINT', () => {})
process.on('message', (order: Order | WatchOrder) => {
  if (order.do === 'watch') {
    watched = order.pids
    return
  }
  carryOut(order).then(
    (result) => reply({ result }),
    (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
reply({ ports: await upstream.listen(Number(process.argv[2] ?? 1)) })
