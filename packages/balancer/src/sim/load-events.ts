import type { Field } from './field.ts'
import type { ChurnOp, ChurnSpec, FaultSpec } from './scenario.ts'

const TIME = { min: 0, max: 1e9 }
const KINDS = ['error', 'hang', 'slow'] as const
const OPS: readonly ChurnOp[] = ['add', 'remove', 'drain', 'weight']

/** `servers`: all that ever exist, because a server that churn adds may be at fault too. */
export function readFaults(field: Field, servers: number): FaultSpec[] {
  if (field.missing || field.value === null) return []
  return field.list().map((fault) => {
    const at = fault.record(['kind', 'server', 'fromMs', 'toMs', 'afterMs', 'probability', 'factor'])
    const kind = at('kind').choice(KINDS)
    const fromMs = at('fromMs').number(TIME)
    return {
      kind,
      server: at('server').numbers({ min: 0, max: servers - 1, integer: true }),
      fromMs,
      toMs: at('toMs').number({ min: fromMs, max: 1e9 }),
      afterMs: at('afterMs').number(TIME, 0.2),
      probability: at('probability').number({ min: 0, max: 1 }, 1),
      factor: at('factor').number({ min: 0, max: 1e6, above: true }, kind === 'slow' ? undefined : 1),
    }
  })
}

/** In order of time. Follows the membership along: what is no member cannot be removed, drained or weighed. */
export function readChurn(field: Field, servers: number): ChurnSpec[] {
  if (field.missing || field.value === null) return []
  const items = field.list().map((item) => {
    const at = item.record(['atMs', 'op', 'server', 'speed', 'workers', 'weight'])
    return { at, atMs: at('atMs').number(TIME), op: at('op').choice(OPS) }
  })
  items.sort((first, second) => first.atMs - second.atMs)
  const members = new Set(Array.from({ length: servers }, (_, index) => index))
  let next = servers
  return items.map(({ at, atMs, op }): ChurnSpec => {
    const server = at('server').number({ min: 0, max: next, integer: true }, op === 'add' ? next : undefined)
    if (op === 'add') {
      if (server !== next) at('server').fail(`must be ${next}, the next free index, or missing`)
      next++
      members.add(server)
    } else if (!members.has(server)) {
      at('server').fail(`server ${server} is not in the set at ${atMs} ms`)
    } else if (op === 'remove') {
      members.delete(server)
    }
    return {
      atMs,
      op,
      server,
      speed: at('speed').number({ min: 0, max: 1e6, above: true }, 1),
      workers: at('workers').number({ min: 1, max: 10_000, integer: true }, 4),
      weight: at('weight').number({ min: 0, max: 1e9 }, op === 'weight' ? undefined : 1),
    }
  })
}
