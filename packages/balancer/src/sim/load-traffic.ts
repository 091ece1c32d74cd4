import type { Field } from './field.ts'
import type { AntagonistSpec, ArrivalSpec, ProfileStep, TraceEvent } from './scenario.ts'

const TIME = { min: 0, max: 1e9 }
const SPAN = { min: 0, max: 1e9, above: true }
const FACTOR = { min: 0, max: 1e6, above: true }

export function readAntagonist(field: Field, servers: number): AntagonistSpec | null {
  if (field.missing || field.value === null) return null
  const kind = field
    .record(['kind', 'factor', 'onMs', 'offMs', 'periodMs', 'size', 'startMs', 'servers'])('kind')
    .choice(['random', 'rotating'])
  if (kind === 'random') {
    const at = field.record(['kind', 'factor', 'onMs', 'offMs', 'servers'])
    return {
      kind,
      factor: at('factor').number(FACTOR),
      onMs: at('onMs').number(SPAN),
      offMs: at('offMs').number(SPAN),
      servers: readIndices(at('servers'), servers),
    }
  }
  const at = field.record(['kind', 'factor', 'periodMs', 'size', 'startMs', 'servers'])
  const chosen = readIndices(at('servers'), servers)
  return {
    kind,
    factor: at('factor').number(FACTOR),
    periodMs: at('periodMs').number(SPAN),
    size: at('size').number({ min: 1, max: Math.max(1, chosen.length), integer: true }),
    startMs: at('startMs').number(TIME, 0),
    servers: chosen,
  }
}

/** Server indices without repetition; all of them when the field is missing. */
function readIndices(field: Field, servers: number): number[] {
  if (field.missing) return Array.from({ length: servers }, (_, index) => index)
  const range = { min: 0, max: servers - 1, integer: true }
  return [...new Set(field.list().map((item) => item.number(range)))]
}

export function readArrivals(field: Field): ArrivalSpec {
  const known = ['process', 'load', 'high', 'highMs', 'low', 'lowMs', 'profile', 'events'] as const
  const process = field.record(known)('process').choice(['poisson', 'burst', 'trace'])
  if (process === 'trace') {
    return { process, events: readEvents(field.record(['process', 'events'])('events')) }
  }
  if (process === 'poisson') {
    const at = field.record(['process', 'load', 'profile'])
    return { process, load: at('load').number(FACTOR), profile: readProfile(at('profile')) }
  }
  const at = field.record(['process', 'load', 'high', 'highMs', 'low', 'lowMs', 'profile'])
  return {
    process,
    load: at('load').number(FACTOR),
    high: at('high').number({ min: 0, max: 1e6 }),
    highMs: at('highMs').number(SPAN),
    low: at('low').number({ min: 0, max: 1e6 }),
    lowMs: at('lowMs').number(SPAN),
    profile: readProfile(at('profile')),
  }
}

function readProfile(field: Field): ProfileStep[] {
  if (field.missing || field.value === null) return []
  const steps = field.list().map((step: Field): ProfileStep => {
    const [atMs, factor, ...more] = step.list()
    if (atMs === undefined || factor === undefined || more.length > 0) step.fail('must be [atMs, factor]')
    return [atMs.number(TIME), factor.number({ min: 0, max: 1e6 })]
  })
  return steps.sort(([first], [second]) => first - second)
}

function readEvents(field: Field): TraceEvent[] {
  const events = field.list().map((event: Field): TraceEvent => {
    const [atMs, workMs, session, ...more] = event.list()
    if (atMs === undefined || workMs === undefined || more.length > 0) {
      event.fail('must be [atMs, workMs] or [atMs, workMs, session]')
    }
    const arrival = [atMs.number(TIME), workMs.number({ min: 0, max: 1e9 })] as const
    // A recorder writes null where there was no session.
    if (session === undefined || session.value === null) return arrival
    return [...arrival, session.number({ min: 0, max: 2 ** 31 - 2, integer: true })]
  })
  return events.sort(([first], [second]) => first - second)
}
