import type {
  Clock,
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
import { checkNumber, checkRecord, show } from './validate.ts'

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
const EJECTION_KEYS = ['consecutiveFailures', 'baseMs', 'maxMs', 'maxShare', 'forgiveMs'] as const

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
    wallClock: checkClock('options.wallClock', options.wallClock ?? Date),
    random: checkFunction('options.random', options.random) ?? Math.random,
  }
}

function resolveSession(session: SessionOptions | false | undefined): ResolvedSessionOptions | false {
  if (session === false) return false
  if (session === undefined) return resolveSession({})
  checkRecord('options.session', session, SESSION_KEYS)
  const life = { min: 1, max: 1e12, unit: ' ms' }
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
    overloadFactor: resolveOverload(session.overload),
    rebalanceShare: resolveRebalance(session.rebalance),
  }
}

function checkOnUnavailable(choice: OnUnavailable | undefined): OnUnavailable | undefined {
  if (choice === undefined || choice === 'repin' || choice === 'spill' || choice === 'fail') return choice
  throw new TypeError(`options.session.onUnavailable must be "repin", "spill" or "fail", got ${show(choice)}`)
}

function resolveOverload(overload: SessionOptions['overload']): number | undefined {
  if (overload === undefined) return undefined
  if (overload === false) return 0
  checkRecord('options.session.overload', overload, ['factor'])
  return checkNumber('options.session.overload.factor', overload.factor ?? 10, { min: 1, max: 1e6 })
}

function resolveRebalance(rebalance: SessionOptions['rebalance']): number {
  if (rebalance === undefined || rebalance === false) return 0
  checkRecord('options.session.rebalance', rebalance, ['sharePerMinute'])
  const name = 'options.session.rebalance.sharePerMinute'
  return checkNumber(name, rebalance.sharePerMinute ?? 0.01, { min: 1e-6, max: 1 })
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
    unit: ' ms',
  })
  return { secrets: [...token.secrets], ttlMs }
}

function resolveEjection(ejection: EjectionOptions | boolean): EjectionSettings | null {
  if (ejection === false) return null
  if (ejection === true) return resolveEjection({})
  checkRecord('options.ejection', ejection, EJECTION_KEYS)
  const time = { max: 1e9, unit: ' ms' }
  const { consecutiveFailures = 5, baseMs = 2000, maxMs = 300_000, maxShare = 0.5, forgiveMs = 10_000 } = ejection
  return {
    consecutiveFailures: checkNumber('options.ejection.consecutiveFailures', consecutiveFailures, {
      min: 1,
      max: 1e6,
      integer: true,
    }),
    baseMs: checkNumber('options.ejection.baseMs', baseMs, { min: 1, ...time }),
    maxMs: checkNumber('options.ejection.maxMs', maxMs, { min: 1, ...time }),
    maxShare: checkNumber('options.ejection.maxShare', maxShare, { min: 0, max: 1 }),
    forgiveMs: checkNumber('options.ejection.forgiveMs', forgiveMs, { min: 0, ...time }),
  }
}

function resolveSlowStart(slowStart: SlowStartOptions | boolean): SlowStartSettings | null {
  if (slowStart === false) return null
  if (slowStart === true) return resolveSlowStart({})
  checkRecord('options.slowStart', slowStart, ['windowMs'])
  const { windowMs = 10_000 } = slowStart
  return { windowMs: checkNumber('options.slowStart.windowMs', windowMs, { min: 1, max: 1e9, unit: ' ms' }) }
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
  if (queue === undefined) return 1000
  checkRecord('options.queue', queue, ['max'])
  return checkNumber('options.queue.max', queue.max ?? 1000, { min: 0, max: 1e6, integer: true })
}

function resolveRetryBudget(
  budget: LoadBalancerOptions<unknown>['retryBudget'],
): ResolvedOptions<unknown>['retryBudget'] {
  if (budget === false) return null
  if (budget === undefined) return resolveRetryBudget({})
  checkRecord('options.retryBudget', budget, ['ratio', 'minPerSecond'])
  return {
    ratio: checkNumber('options.retryBudget.ratio', budget.ratio ?? 0.2, { min: 0, max: 1e3 }),
    minPerSecond: checkNumber('options.retryBudget.minPerSecond', budget.minPerSecond ?? 10, { min: 0, max: 1e6 }),
  }
}

function checkSeed(name: string, seed: readonly number[] | undefined): readonly number[] | undefined {
  if (seed === undefined) return undefined
  if (!Array.isArray(seed) || seed.length !== 4) {
    throw new TypeError(`${name} must be an array of 4 integers, got ${show(seed)}`)
  }
  for (const [index, word] of seed.entries()) {
    checkNumber(`${name}[${index}]`, word, { min: -(2 ** 31), max: 2 ** 32 - 1, integer: true })
  }
  return [...seed]
}

function checkClock(name: string, clock: Clock): Clock {
  if (typeof clock?.now !== 'function') {
    throw new TypeError(`${name} must be an object with a now() function, got ${show(clock)}`)
  }
  const now: unknown = clock.now()
  if (!Number.isFinite(now)) {
    throw new TypeError(`${name}.now() must return a finite number of milliseconds, got ${show(now)}`)
  }
  return clock
}

function checkFunction<F>(name: string, value: F | undefined): F | undefined {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`)
  }
  return value
}
