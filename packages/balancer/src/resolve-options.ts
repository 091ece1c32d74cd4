import type {
  EjectionOptions,
  EjectionSettings,
  LoadBalancerOptions,
  OnUnavailable,
  ResolvedOptions,
  ResolvedSessionOptions,
  SessionOptions,
  SlowStartOptions,
  SlowStartSettings,
  ZoneOptions,
  ZoneSettings,
} from './options.ts'
import { resolveStrategy } from './selection/strategies.ts'
import { checkClock, checkNumber, checkNumbers, checkRecord, checkSeed, show } from './validate.ts'

const KEYS = [
  'strategy',
  'session',
  'sessionToken',
  'isAvailable',
  'ejection',
  'slowStart',
  'zone',
  'queue',
  'retryBudget',
  'hashSeed',
  'clock',
  'wallClock',
  'random',
] as const
const SESSION_KEYS = ['ttlMs', 'maxAgeMs', 'max', 'maxBytes', 'seed', 'onUnavailable', 'overload', 'rebalance'] as const
const MS = ' ms'
const EJECTION = {
  consecutiveFailures: { standard: 5, min: 1, max: 1e6, integer: true },
  baseMs: { standard: 2000, min: 1, max: 1e9, unit: MS },
  maxMs: { standard: 300_000, min: 1, max: 1e9, unit: MS },
  maxShare: { standard: 0.5, min: 0, max: 1 },
  forgiveMs: { standard: 10_000, min: 0, max: 1e9, unit: MS },
} as const
const SLOW_START = { windowMs: { standard: 10_000, min: 1, max: 1e9, unit: MS } } as const
const QUEUE = { max: { standard: 1000, min: 0, max: 1e6, integer: true } } as const
const REBALANCE = { sharePerMinute: { standard: 0.01, min: 1e-6, max: 1 } } as const
const RETRY_BUDGET = {
  ratio: { standard: 0.2, min: 0, max: 1e3 },
  minPerSecond: { standard: 10, min: 0, max: 1e6 },
} as const

/** Any four numbers do: what counts is that all processes have the same. These are digits of pi. */
const FIXED_SEED = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const

/** One entry of 16 bytes for 1.1 slots per session, 17.6 bytes; ten times that, to divide exactly. */
const TENTHS_OF_BYTES_PER_SESSION = 176

/** Checks every option once and fills in the defaults. Throws TypeError or RangeError naming the option. */
export function resolveOptions<T>(options: LoadBalancerOptions<T>): ResolvedOptions<T> {
  checkRecord('options', options, KEYS)
  const strategy = resolveStrategy(options.strategy ?? (options.strategy === undefined ? 'auto' : null))
  // `auto` brings what makes a good default; who names another strategy gets that and nothing else.
  const guarded = strategy.name === 'auto'
  return {
    strategy,
    session: resolveSession(options.session),
    sessionToken: resolveToken(options.sessionToken),
    isAvailable: checkFunction('options.isAvailable', options.isAvailable),
    ejection: resolveEjection(options.ejection ?? guarded),
    slowStart: resolveSlowStart(options.slowStart ?? guarded),
    zone: resolveZone(options.zone),
    queueMax: resolveQueue(options.queue),
    retryBudget: resolveRetryBudget(options.retryBudget),
    hashSeed: checkSeed('options.hashSeed', options.hashSeed) ?? FIXED_SEED,
    clock: checkClock('options.clock', options.clock ?? performance),
    clockIsOwn: options.clock === undefined,
    wallClock: checkClock('options.wallClock', options.wallClock ?? Date),
    random: checkFunction('options.random', options.random) ?? Math.random,
  }
}

function resolveSession(session: SessionOptions | false | undefined): ResolvedSessionOptions | false {
  if (session === false) return false
  if (session === undefined) return resolveSession({})
  checkRecord('options.session', session, SESSION_KEYS)
  const life = { min: 1, max: 1e12, unit: MS }
  if (session.max !== undefined && session.maxBytes !== undefined) {
    throw new TypeError('options.session takes max or maxBytes, not both')
  }
  const maxBytes =
    session.maxBytes === undefined
      ? undefined
      : checkNumber('options.session.maxBytes', session.maxBytes, { min: 256, max: 8.8e8, unit: ' bytes' })
  return {
    ttlMs: checkNumber('options.session.ttlMs', session.ttlMs ?? 18_000_000, life),
    maxAgeMs:
      session.maxAgeMs === undefined ? undefined : checkNumber('options.session.maxAgeMs', session.maxAgeMs, life),
    max:
      maxBytes === undefined
        ? checkNumber('options.session.max', session.max ?? 10_000, { min: 1, max: 5e7, integer: true })
        : Math.floor((maxBytes * 10) / TENTHS_OF_BYTES_PER_SESSION),
    seed: checkSeed('options.session.seed', session.seed),
    onUnavailable: checkOnUnavailable(session.onUnavailable),
    overload: checkOverload(session.overload),
    rebalanceShare: resolveRebalance(session.rebalance),
  }
}

function checkOnUnavailable(choice: OnUnavailable | undefined): OnUnavailable | undefined {
  if (choice === undefined || choice === 'repin' || choice === 'spill' || choice === 'fail') return choice
  throw new TypeError(`options.session.onUnavailable must be "repin", "spill" or "fail", got ${show(choice)}`)
}

function checkOverload(overload: SessionOptions['overload']): SessionOptions['overload'] {
  if (overload === undefined || overload === false) return overload
  const name = 'options.session.overload'
  const { factor, patience } = checkRecord(name, overload, ['factor', 'patience'])
  return {
    factor: factor === undefined ? undefined : checkNumber(`${name}.factor`, factor, { min: 1, max: 1e6 }),
    patience: patience === undefined ? undefined : checkNumber(`${name}.patience`, patience, { min: 0, max: 1e6 }),
  }
}

function resolveRebalance(rebalance: SessionOptions['rebalance']): number {
  if (rebalance === undefined || rebalance === false) return 0
  return checkNumbers('options.session.rebalance', rebalance, REBALANCE).sharePerMinute
}

function resolveToken(token: LoadBalancerOptions<unknown>['sessionToken']): ResolvedOptions<unknown>['sessionToken'] {
  if (token === undefined) return null
  checkRecord('options.sessionToken', token, ['secrets', 'ttlMs'])
  if (!Array.isArray(token.secrets) || token.secrets.length === 0) {
    throw new TypeError(`options.sessionToken.secrets must be an array of strings, got ${show(token.secrets)}`)
  }
  for (const [index, secret] of token.secrets.entries()) {
    if (typeof secret === 'string' && secret.length >= 16 && secret.length <= 1024) continue
    // The secret itself stays out of the message.
    throw new TypeError(`options.sessionToken.secrets[${index}] must be a string of 16 to 1024 characters`)
  }
  const ttlMs = checkNumber('options.sessionToken.ttlMs', token.ttlMs ?? 18_000_000, {
    min: 1000,
    max: 1e12,
    unit: MS,
  })
  return { secrets: [...token.secrets], ttlMs }
}

function resolveEjection(ejection: EjectionOptions | boolean): EjectionSettings | null {
  return ejection === false ? null : checkNumbers('options.ejection', ejection === true ? {} : ejection, EJECTION)
}

function resolveSlowStart(slowStart: SlowStartOptions | boolean): SlowStartSettings | null {
  return slowStart === false ? null : checkNumbers('options.slowStart', slowStart === true ? {} : slowStart, SLOW_START)
}

function resolveZone(zone: ZoneOptions | undefined): ZoneSettings | null {
  if (zone === undefined) return null
  checkRecord('options.zone', zone, ['local', 'penalty'])
  if (typeof zone.local !== 'string')
    throw new TypeError(`options.zone.local must be a string, got ${show(zone.local)}`)
  const penalty = checkNumber('options.zone.penalty', zone.penalty ?? 2, { min: 1, max: 1e6 })
  return { local: zone.local, penalty }
}

function resolveQueue(queue: LoadBalancerOptions<unknown>['queue']): number {
  return checkNumbers('options.queue', queue === undefined ? {} : queue, QUEUE).max
}

function resolveRetryBudget(
  budget: LoadBalancerOptions<unknown>['retryBudget'],
): ResolvedOptions<unknown>['retryBudget'] {
  return budget === false ? null : checkNumbers('options.retryBudget', budget === undefined ? {} : budget, RETRY_BUDGET)
}

function checkFunction<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`)
  }
  return value
}
