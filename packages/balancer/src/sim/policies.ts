import { nearestName } from '../nearest-name.ts'
import type { StrategyOptions } from '../selection/strategies.ts'
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
type Check = (text: string) => boolean

interface Entry {
  /** Its options, each with the values it takes. */
  readonly options: ReadonlyMap<string, Check>
  readonly recruit: (stage: Stage, settings: Settings) => readonly Contender[]
}

const isNumber =
  (min: number, max: number): Check =>
  (text) =>
    text.trim() !== '' && Number(text) >= min && Number(text) <= max
const isOneOf =
  (...words: readonly string[]): Check =>
  (text) =>
    words.includes(text)
const isChoices: Check = (text) => isOneOf('all', 'adaptive')(text) || /^[1-9]\d{0,3}$/.test(text)

/** What every balancer can do whatever its strategy. */
const SHARED: readonly (readonly [string, Check])[] = [
  ['sticky', isOneOf('on', 'off', 'pin')],
  ['overload', isNumber(1, 1e6)],
  ['guard', isOneOf('on', 'off')],
]

const entries: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['auto', shipped(auto, [['d', isChoices]], { sticky: 'on', guard: 'on' })],
  ['random', shipped(() => ({ name: 'random' }))],
  ['round-robin', shipped(() => ({ name: 'round-robin', start: 'random' }))],
  ['weighted', shipped(() => ({ name: 'weighted' }))],
  ['least-inflight', shipped(() => ({ name: 'least-inflight' }))],
  ['p2c', shipped(() => ({ name: 'p2c' }))],
  [
    'p2c-ewma',
    shipped(
      (settings) => ({ name: 'p2c-ewma', tauMs: Number(settings.get('tau') ?? 10_000) }),
      [['tau', isNumber(1, 1e9)]],
    ),
  ],
  ['rendezvous', shipped(() => ({ name: 'rendezvous' }))],
  ['ring', shipped(() => ({ name: 'ring' }))],
  ['maglev', shipped(() => ({ name: 'maglev' }))],
  [
    'bounded-rendezvous',
    shipped(
      (settings) => ({ name: 'bounded-rendezvous', factor: Number(settings.get('factor') ?? 1.25) }),
      [['factor', isNumber(1, 100)]],
    ),
  ],
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
      const known = [...entry.options.keys()]
      throw new PolicyError(text, `${name} has no option ${JSON.stringify(key)}; ${advise(key, known)}`)
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

/** A strategy of the balancer; without stickiness and ejection unless the defaults or the settings say so. */
function shipped(
  strategyOf: (settings: Settings) => StrategyOptions,
  own: readonly (readonly [string, Check])[] = [],
  defaults: { readonly sticky?: string; readonly guard?: string } = {},
): Entry {
  return {
    options: new Map([...own, ...SHARED]),
    recruit: (stage, settings) => {
      const guard = settings.get('guard') ?? defaults.guard ?? 'off'
      return recruitShipped(stage, {
        strategy: strategyOf(settings),
        session: sessionsOf(stage, settings, defaults.sticky ?? 'off'),
        ejection: guard === 'on',
      })
    },
  }
}

function auto(settings: Settings): StrategyOptions {
  const d = settings.get('d') ?? 'adaptive'
  const choices = d === 'all' || d === 'adaptive' ? d : Number(d)
  // Guard off: failures are taken for what they look like, quick replies.
  return settings.get('guard') === 'off' ? { name: 'auto', choices, errorPenalty: 0 } : { name: 'auto', choices }
}

function sessionsOf(stage: Stage, settings: Settings, usual: string): ShippedOptions['session'] {
  const factor = settings.get('overload')
  const sticky = settings.get('sticky') ?? (factor === undefined ? usual : 'on')
  if (sticky === 'off') return false
  const max = sessionCapacity(stage)
  if (sticky === 'pin') return { max, overload: false }
  return factor === undefined ? { max } : { max, overload: { factor: Number(factor) } }
}
