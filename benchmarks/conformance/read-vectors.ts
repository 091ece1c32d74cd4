// JSONL → vectors. A line that is not of the format ends the command with file, line and field: a misspelt key that were
// ignored would be a test that never fails.
import { suggestion } from '../runner/nearest-name.ts'
import { EXPECT_KEYS, OUTCOMES, STATES, type Vector } from './vector.ts'

/** A file that is not of the format. Exit code 2. */
export class VectorError extends Error {
  readonly code = 'ERR_CONFORMANCE_VECTORS'
  override readonly name = 'VectorError'
}

/** Says what is wrong with a value, or nothing. */
type Check = (value: unknown) => string | undefined

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function number(least: number, what: string, whole = true): Check {
  return (value) => {
    const fits = typeof value === 'number' && Number.isFinite(value) && value >= least
    return fits && (!whole || Number.isInteger(value)) ? undefined : `is ${show(value)}; expected ${what}`
  }
}

function oneOf(values: readonly string[]): Check {
  return (value) => {
    if (typeof value === 'string' && values.includes(value)) return undefined
    const near = typeof value === 'string' ? suggestion(value, values) : ''
    return `is ${show(value)}; expected one of ${values.join(', ')}${near}`
  }
}

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : `is ${show(value)}; expected a non-empty string`
const positive = number(1, 'a whole number of 1 or more')
const count = number(0, 'a whole number of 0 or more')
const anyMs = number(Number.NEGATIVE_INFINITY, 'a whole number of milliseconds')
const rate: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? undefined : `is ${show(value)}; expected a number from 0 to 1`

interface Fields {
  readonly required: Readonly<Record<string, Check>>
  readonly optional: Readonly<Record<string, Check>>
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** First fault of an object, as `path problem`. */
function faultOf(path: string, value: unknown, { required, optional }: Fields): string | undefined {
  const object = record(value)
  if (object === undefined) return `${path} is ${show(value)}; expected an object`
  const known: Readonly<Record<string, Check>> = { ...required, ...optional }
  for (const key of Object.keys(object)) {
    if (!Object.hasOwn(known, key)) {
      const names = Object.keys(known)
      return `${path} has the unknown key "${key}"${suggestion(key, names)} (known: ${names.join(', ')})`
    }
  }
  for (const [key, check] of Object.entries(known)) {
    if (object[key] === undefined && !Object.hasOwn(required, key)) continue
    const fault = check(object[key])
    if (fault !== undefined) return `${path}.${key} ${fault}`
  }
  return undefined
}

const WINDOWS: Readonly<Record<string, Fields>> = {
  time: { required: { type: text, ms: positive, bucketMs: positive }, optional: {} },
  count: { required: { type: text, size: positive }, optional: {} },
  consecutive: { required: { type: text }, optional: {} },
}

const CONFIG: Fields = {
  required: { window: () => undefined, openMs: count, halfOpen: () => undefined },
  optional: {
    consecutiveFailures: positive,
    minimumCalls: count,
    failureRate: rate,
    compare: oneOf(['>=', '>']),
    slowMs: number(0, 'milliseconds of 0 or more', false),
    slowRate: rate,
    backoff: () => undefined,
    openBoundary: oneOf(['inclusive', 'exclusive']),
    maxConcurrent: positive,
  },
}

const HALF_OPEN: Fields = {
  required: { permits: positive, decide: oneOf(['full', 'early']) },
  optional: {
    failuresToOpen: positive,
    failureRate: rate,
    maxWaitMs: count,
    maxWaitTo: oneOf(['open', 'closed']),
  },
}

const BACKOFF: Fields = { required: { factor: number(0, 'a number of 0 or more', false) }, optional: {} }

function configFault(value: unknown): string | undefined {
  const own = faultOf('config', value, CONFIG)
  if (own !== undefined) return own
  const { window, halfOpen, backoff } = record(value) ?? {}
  const type = record(window)?.type
  const fields = WINDOWS[String(type)]
  if (fields === undefined) return `config.window.type ${oneOf(Object.keys(WINDOWS))(type)}`
  const { ms, bucketMs } = record(window) ?? {}
  return (
    faultOf('config.window', window, fields) ??
    (type === 'time' && Number(ms) % Number(bucketMs) !== 0
      ? `config.window.bucketMs is ${bucketMs}; expected a divisor of ms (${ms})`
      : undefined) ??
    (type === 'consecutive' && record(value)?.consecutiveFailures === undefined
      ? 'config.consecutiveFailures is missing; a consecutive window needs it'
      : undefined) ??
    faultOf('config.halfOpen', halfOpen, HALF_OPEN) ??
    (backoff === undefined ? undefined : faultOf('config.backoff', backoff, BACKOFF))
  )
}

// What a reader of the file may be told, and no runner looks at.
const REMARKS = { note: text, comment: text }
const anything: Check = () => undefined
const outcome = { outcome: oneOf(OUTCOMES) }
const duration = { ms: number(0, 'milliseconds of 0 or more', false) }

const OPS: Readonly<Record<string, Fields>> = {
  acquire: { required: { call: text }, optional: {} },
  acquireMany: { required: { n: count }, optional: {} },
  settle: { required: { call: text, ...outcome }, optional: duration },
  release: { required: { call: text }, optional: {} },
  call: { required: outcome, optional: { n: count, ...duration } },
  advance: { required: { ms: count }, optional: {} },
  wallClock: { required: { ms: anyMs }, optional: {} },
  force: { required: { to: oneOf(STATES) }, optional: { forMs: count } },
  reset: { required: {}, optional: {} },
  isolate: { required: { handle: text }, optional: {} },
  dispose: { required: { handle: text }, optional: {} },
  exportImport: { required: { downMs: count }, optional: {} },
}

function stepFault(path: string, value: unknown): string | undefined {
  const step = record(value)
  if (step === undefined) return `${path} is ${show(value)}; expected an object`
  const fields = OPS[String(step.op)]
  if (fields === undefined || !Object.hasOwn(OPS, String(step.op))) {
    return `${path}.op ${oneOf(Object.keys(OPS))(step.op)}`
  }
  const optional = { ...fields.optional, ...REMARKS, expect: anything }
  const fault = faultOf(path, step, { required: { op: text, ...fields.required }, optional })
  if (fault !== undefined || step.expect === undefined) return fault
  const keys = Object.fromEntries(EXPECT_KEYS.map((key) => [key, anything]))
  return faultOf(`${path}.expect`, step.expect, { required: {}, optional: keys })
}

function vectorFault(value: unknown): string | undefined {
  const vector = record(value)
  if (vector === undefined) return `is ${show(value)}; expected an object`
  for (const key of ['id', 'title']) {
    const fault = text(vector[key])
    if (fault !== undefined) return `${key} ${fault}`
  }
  if (!Array.isArray(vector.steps)) return `steps is ${show(vector.steps)}; expected a list`
  const config = configFault(vector.config)
  if (config !== undefined) return config
  for (const [index, step] of vector.steps.entries()) {
    const fault = stepFault(`steps[${index}]`, step)
    if (fault !== undefined) return fault
  }
  return undefined
}

/**
 * Reads one vector a line; empty lines are skipped.
 * @param file its name, for messages
 * @throws {VectorError} `file:line: what is wrong`, or when there is no vector at all
 */
export function readVectors(jsonl: string, file: string): Vector[] {
  const vectors: Vector[] = []
  for (const [index, line] of jsonl
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    if (line.trim() === '') continue
    const where = `${file}:${index + 1}`
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      throw new VectorError(`${where}: not JSON: ${error instanceof Error ? error.message : String(error)}`)
    }
    const fault = vectorFault(value)
    if (fault !== undefined) {
      const id = record(value)?.id
      throw new VectorError(`${where}: ${typeof id === 'string' ? `vector ${id}: ` : ''}${fault}`)
    }
    vectors.push(value as Vector)
  }
  if (vectors.length === 0) throw new VectorError(`${file}: holds no vector`)
  return vectors
}
