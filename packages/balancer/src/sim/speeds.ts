import { ScenarioError } from './errors.ts'
import { exponential, stream } from './random.ts'
import { type AntagonistSpec, allServers, type Scenario } from './scenario.ts'

/** A server runs at `factor` × its speed for a while. */
interface Squeeze {
  readonly server: number
  readonly fromMs: number
  readonly toMs: number
  readonly factor: number
}

/** From `atMs` on the server has this speed. */
export interface SpeedStep {
  readonly atMs: number
  readonly server: number
  readonly speed: number
}

export interface Speeds {
  /** By server, at time 0 and before any step. */
  readonly initial: readonly number[]
  /** In order of time, then of server. */
  readonly steps: readonly SpeedStep[]
  /** Work per ms that the servers of the beginning can do on average, antagonist included; faults and churn not. */
  readonly capacity: number
}

// About 200 MB; a rotation each 0.01 ms over a day would never end.
const MAX_SQUEEZES = 2_000_000

/**
 * Who is how fast at what time: the base speeds, the antagonist's squeezes, drawn once for all policies, and the `slow`
 * faults.
 *
 *   speed  1 ───┐        ┌──────┐   ┌───       squeezes  [fromMs, toMs) × factor, per server
 *        0.35   └────────┘      └───┘          steps     (at, server, speed)
 */
export function drawSpeeds(scenario: Scenario, seed: number): Speeds {
  const servers = allServers(scenario)
  const squeezes = scenario.antagonist === null ? [] : antagonize(scenario.antagonist, scenario.durationMs, seed)
  let capacity = 0
  for (let index = 0; index < scenario.servers.count; index++) {
    const { speed, workers } = servers[index] as (typeof servers)[number]
    capacity += speed * workers
  }
  for (const { server, fromMs, toMs, factor } of squeezes) {
    const { speed, workers } = servers[server] as (typeof servers)[number]
    const share = (Math.min(toMs, scenario.durationMs) - fromMs) / scenario.durationMs
    capacity -= speed * workers * share * (1 - factor)
  }
  for (const fault of scenario.faults) {
    if (fault.kind !== 'slow') continue
    for (const server of new Set(fault.server)) squeezes.push({ ...fault, server })
  }
  const initial = servers.map(({ speed }) => speed)
  return { initial, steps: stepsOf(initial, squeezes), capacity }
}

function antagonize(antagonist: AntagonistSpec, durationMs: number, seed: number): Squeeze[] {
  return antagonist.kind === 'random'
    ? randomSqueezes(antagonist, durationMs, seed)
    : rotatingSqueezes(antagonist, durationMs)
}

function randomSqueezes(
  { factor, onMs, offMs, servers }: Extract<AntagonistSpec, { kind: 'random' }>,
  durationMs: number,
  seed: number,
): Squeeze[] {
  const random = stream(seed, 'antagonist')
  const squeezes: Squeeze[] = []
  for (const server of servers) {
    for (let at = exponential(random, offMs); at < durationMs; at += exponential(random, offMs)) {
      const fromMs = at
      at += exponential(random, onMs)
      push(squeezes, { server, fromMs, toMs: at, factor })
    }
  }
  return squeezes
}

function rotatingSqueezes(
  { factor, periodMs, size, startMs, servers }: Extract<AntagonistSpec, { kind: 'rotating' }>,
  durationMs: number,
): Squeeze[] {
  const squeezes: Squeeze[] = []
  for (let turn = 0; startMs + turn * periodMs < durationMs; turn++) {
    for (let member = 0; member < Math.min(size, servers.length); member++) {
      const server = servers[(turn * size + member) % servers.length] as number
      const fromMs = startMs + turn * periodMs
      push(squeezes, { server, fromMs, toMs: fromMs + periodMs, factor })
    }
  }
  return squeezes
}

function push(squeezes: Squeeze[], squeeze: Squeeze): void {
  if (squeezes.length === MAX_SQUEEZES) {
    throw new ScenarioError('/antagonist', `changes more than ${MAX_SQUEEZES} times; use longer periods`)
  }
  squeezes.push(squeeze)
}

function stepsOf(initial: readonly number[], squeezes: readonly Squeeze[]): SpeedStep[] {
  const edges = squeezes.flatMap((squeeze) => [
    { atMs: squeeze.fromMs, squeeze, begins: true },
    { atMs: squeeze.toMs, squeeze, begins: false },
  ])
  // What ends goes before what begins, so that a server squeezed twice in a row is not squeezed twice at once.
  edges.sort(
    (first, second) =>
      first.atMs - second.atMs ||
      first.squeeze.server - second.squeeze.server ||
      Number(first.begins) - Number(second.begins),
  )
  const active = initial.map((): Squeeze[] => [])
  return edges.map(({ atMs, squeeze, begins }) => {
    const { server } = squeeze
    const now = (active[server] as Squeeze[]).filter((other) => other !== squeeze)
    if (begins) now.push(squeeze)
    active[server] = now
    // The product anew each time: dividing the factor out again would leave rounding errors behind.
    return { atMs, server, speed: now.reduce((speed, { factor }) => speed * factor, initial[server] as number) }
  })
}
