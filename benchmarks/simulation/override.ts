import { UsageError } from '../runner/errors.ts'

/** `arrivals.load=0.7`: a place in a scenario and what to put there. */
export interface Override {
  /** As typed. */
  readonly path: string
  readonly value: unknown
}

/** VALUE is JSON where it can be read as JSON, a string otherwise. */
export function parseOverride(text: string): Override {
  const equals = text.indexOf('=')
  if (equals < 1) throw new UsageError(`--set must be PATH=VALUE, got ${JSON.stringify(text)}`)
  return { path: text.slice(0, equals), value: readValue(text.slice(equals + 1)) }
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * Writes into a parsed scenario in place. Fields on the way that are missing or null become objects; whether the place
 * exists in a scenario is for the scenario's own check to say.
 */
export function applyOverride(document: unknown, { path, value }: Override): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let place: unknown = document
  for (const key of keys) {
    const holder = asHolder(place, path)
    // Own fields only: what stands on the prototype is not the scenario's to change.
    const own: unknown = Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined
    if (own === undefined || own === null) put(holder, key, {})
    place = Object.getOwnPropertyDescriptor(holder, key)?.value
  }
  put(asHolder(place, path), last, value)
}

function asHolder(place: unknown, path: string): object {
  if (typeof place === 'object' && place !== null) return place
  throw new UsageError(`--set ${path}: there is a ${typeof place} on the way, not an object`)
}

// Not by assignment: `__proto__` would change the object's prototype and escape the check for unknown fields.
function put(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}
