import { LoadBalancer, type LoadBalancerOptions } from '@breakwater/balancer'

export interface Placement {
  readonly method: string
  readonly endpoints: number
  /** Sessions of the fullest endpoint ÷ mean. */
  readonly imbalance: number
  /** Sessions that moved when one endpoint was removed ÷ those that lived there. */
  readonly removed: number
  /** Sessions that moved when one was added ÷ the newcomer's even share. */
  readonly added: number
}

const METHODS: Readonly<Record<string, LoadBalancerOptions<number>>> = {
  rendezvous: { strategy: 'rendezvous', session: false },
  ring: { strategy: 'ring', session: false },
  maglev: { strategy: 'maglev', session: false },
  'session table, auto': { strategy: 'auto', slowStart: false },
  'session table, round-robin': { strategy: 'round-robin' },
}

/** Where so many sessions of equal weight go, and who moves when one endpoint leaves and, from the same start, one joins. */
export function measurePlacement(endpoints: number, sessions: number): Placement[] {
  return Object.entries(METHODS).map(([method, given]) => {
    const options = given.session === false ? given : { ...given, session: { max: sessions * 2 } }
    const set = Array.from({ length: endpoints }, (_, value) => ({ id: `10.0.0.${value}:8080`, value }))
    const balancer = new LoadBalancer(set, options)
    const visit = (): number[] =>
      Array.from({ length: sessions }, (_, n) => balancer.select({ sessionId: `session-${n}` })?.value ?? -1)
    const homes = visit()
    const counts = new Array<number>(endpoints).fill(0)
    for (const home of homes) counts[home] = (counts[home] ?? 0) + 1
    const snapshot = balancer.snapshot()
    const movedBy = (change: () => void): number => {
      if (snapshot !== null) balancer.restore(snapshot)
      change()
      const moved = visit().filter((home, n) => home !== homes[n]).length
      balancer.replace(set)
      return moved
    }
    const middle = Math.floor(endpoints / 2)
    const added = movedBy(() => void balancer.add({ id: '10.0.1.0:8080', value: endpoints }))
    const removed = movedBy(() => void balancer.remove(`10.0.0.${middle}:8080`))
    return {
      method,
      endpoints,
      imbalance: (Math.max(...counts) * endpoints) / sessions,
      removed: removed / (counts[middle] ?? 0),
      added: (added * (endpoints + 1)) / sessions,
    }
  })
}

/** A row per method, a figure per number of endpoints. */
export function formatPlacement(columns: readonly (readonly Placement[])[]): string {
  const rows = (columns[0] ?? []).map(({ method }, row) => {
    const cell = (figure: 'imbalance' | 'removed' | 'added'): string =>
      columns.map((column) => (column[row]?.[figure] ?? Number.NaN).toFixed(2)).join(' / ')
    return `| ${method} | ${cell('imbalance')} | ${cell('removed')} | ${cell('added')} |`
  })
  return ['| method | max ÷ mean | remove one | add one |', '| --- | ---: | ---: | ---: |', ...rows].join('\n')
}

if (import.meta.main) console.log(formatPlacement([measurePlacement(10, 200_000), measurePlacement(50, 200_000)]))
