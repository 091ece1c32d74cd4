import { nearestName } from '../nearest-name.ts'
import type { Contender, Stage } from './contender.ts'
import { PolicyError } from './errors.ts'
import { Legacy } from './legacy.ts'
import { Oracle } from './oracle.ts'
import { recruitShipped, type ShippedOptions, sessionCapacity } from './shipped.ts'

/** A policy with its options, ready to make one balancer per instance. */
export interface Policy {
  /** As it was written. */
  readonly name: string
  recruit(stage: Stage): readonly Contender[]
}

type Settings = ReadonlyMap<string, string>

interface Entry {
  /** Its options, each with the values it takes. */
  readonly options: ReadonlyMap<string, (text: string) => boolean>
  readonly recruit: (stage: Stage, settings: Settings) => readonly Contender[]
}

const stickiness = ['sticky', (text: string) => text === 'on' || text === 'off' || text === 'pin'] as const

const entries: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['random', balanced('random')],
  ['round-robin', balanced('round-robin')],
  ['weighted', balanced('weighted')],
  ['least-inflight', balanced('least-inflight')],
  ['legacy', model((stage) => new Legacy(stage))],
  ['oracle', model((stage) => new Oracle(stage))],
])

/** The names of all policies, in the order of `--policy all`. Most take options: `auto:d=5,sticky=pin`. */
export const policies: readonly string[] = [...entries.keys()]

/** Reads `NAME[:key=value,…]`. Throws PolicyError for what it does not know. */
export function parsePolicy(text: string): Policy {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const entry = entries.get(name)
  if (entry === undefined) throw new PolicyError(text, `no such policy; ${advise(name, policies)}`)
  const settings = new Map<string, string>()
  for (const part of colon < 0 ? [] : text.slice(colon + 1).split(',')) {
    const [key = '', ...rest] = part.split('=')
    const value = rest.join('=')
    const accepts = entry.options.get(key)
    if (accepts === undefined) {
      throw new PolicyError(
        text,
        `${name} has no option ${JSON.stringify(key)}; ${advise(key, [...entry.options.keys()])}`,
      )
    }
    if (!accepts(value)) throw new PolicyError(text, `${key} cannot be ${JSON.stringify(value)}`)
    settings.set(key, value)
  }
  return { name: text, recruit: (stage) => entry.recruit(stage, settings) }
}

function advise(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known)
  if (nearest !== null) return `did you mean ${JSON.stringify(nearest)}?`
  return known.length === 0 ? 'it has none' : `known: ${known.join(', ')}`
}

function model(make: (stage: Stage) => Contender): Entry {
  return {
    options: new Map(),
    recruit: (stage) => Array.from({ length: stage.scenario.instances }, () => make(stage)),
  }
}

/** A strategy by itself: sessions are not pinned unless asked for. */
function balanced(strategy: ShippedOptions['strategy']): Entry {
  return {
    options: new Map([stickiness]),
    recruit: (stage, settings) => {
      const sticky = settings.get('sticky') ?? 'off'
      return recruitShipped(stage, { strategy, session: sticky === 'off' ? false : { max: sessionCapacity(stage) } })
    },
  }
}
