import type { ValueTest } from './constraint.ts'
import { RouterError, show } from './errors.ts'
import type { Guard } from './guard.ts'
import { nearestName } from './nearest-name.ts'
import { isPlainObject } from './plain-object.ts'
import type { RequestView } from './request-view.ts'

/** `true`: present. A string: equal. An expression: found in the value (write `^…$` for all of it). A function of it. */
export type ValueCondition = true | string | RegExp | ValueTest

/** What a request must have besides method and path. */
export interface RouteConditions {
  /**
   * `api.example.com`, or `*.example.com` for every name below it; in ASCII, without port and last dot. Letter case does not
   * count, and neither do port and last dot of the request's host.
   */
  readonly host?: string
  /** By header name in any letter case. A field sent several times needs one value that fits. */
  readonly headers?: Readonly<Record<string, ValueCondition>>
  /** By parameter name, decoded. A parameter given several times needs one value that fits. */
  readonly query?: Readonly<Record<string, ValueCondition>>
}

const KNOWN = ['host', 'headers', 'query']
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Any host name or address; what is no host is refused, not what no one could own.
const HOST = /^(?:\*\.)?(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/

interface Demand {
  readonly of: 'header' | 'query'
  readonly name: string
  readonly condition: ValueCondition
}

export interface CheckedConditions {
  /** What the caller gave, copied and frozen. */
  readonly conditions: RouteConditions
  /** As {@link normalizeHost} gives it; empty for every host. */
  readonly host: string
  readonly demands: readonly Demand[]
}

/** @throws RouterError ERR_ROUTE_CONDITION */
export function checkConditions(conditions: unknown, pattern: string): CheckedConditions {
  if (!isPlainObject(conditions)) {
    fail(pattern, `The conditions of ${show(pattern)} are a plain object, not ${show(conditions)}.`)
  }
  for (const name of Object.keys(conditions)) {
    if (KNOWN.includes(name)) continue
    const nearest = nearestName(name, KNOWN)
    const advice = nearest === undefined ? '.' : `, did you mean "${nearest}"?`
    fail(pattern, `${show(pattern)} has an unknown condition ${show(name)}${advice} Known: ${KNOWN.join(', ')}.`)
  }
  const { host, headers, query } = conditions
  const copy: { -readonly [Key in keyof RouteConditions]: RouteConditions[Key] } = {}
  const name = host === undefined ? '' : checkHost(host, pattern)
  if (typeof host === 'string') copy.host = host
  if (headers !== undefined) copy.headers = copyDemands('headers', headers, pattern)
  if (query !== undefined) copy.query = copyDemands('query', query, pattern)
  return {
    conditions: Object.freeze(copy),
    host: name,
    demands: [...checkDemands('header', copy.headers, pattern), ...checkDemands('query', copy.query, pattern)],
  }
}

function checkHost(host: unknown, pattern: string): string {
  const name = typeof host === 'string' ? normalizeHost(host) : ''
  if (typeof host === 'string' && name === host.toLowerCase() && HOST.test(name)) return name
  return fail(
    pattern,
    `The host of ${show(pattern)} must be a name without port and last dot, in ASCII (xn--…), or "*." and a name: ` +
      `got ${show(host)}.`,
  )
}

type Demands = Readonly<Record<string, ValueCondition>>

/** A copy, so that what is reported is what is asked for, whatever becomes of the caller's object. */
function copyDemands(option: string, demands: unknown, pattern: string): Demands {
  if (!isPlainObject(demands)) {
    fail(pattern, `The condition "${option}" of ${show(pattern)} is a plain object of names, not ${show(demands)}.`)
  }
  return Object.freeze({ ...demands }) as Demands
}

function checkDemands(of: Demand['of'], demands: Demands = {}, pattern: string): Demand[] {
  return Object.entries(demands).map(([name, condition]: [string, unknown]) => {
    if (of === 'header' && !HEADER_NAME.test(name)) fail(pattern, `${show(name)} is not the name of a header.`)
    if (condition === true || typeof condition === 'string') return { of, name: lower(of, name), condition }
    if (typeof condition === 'function') return { of, name: lower(of, name), condition: condition as ValueTest }
    if (condition instanceof RegExp) {
      return {
        of,
        name: lower(of, name),
        condition: new RegExp(condition.source, condition.flags.replace(/[gy]/g, '')),
      }
    }
    return fail(
      pattern,
      `The ${of} ${show(name)} of ${show(pattern)} must be true, a string, a regular expression or a function, got ${show(condition)}.`,
    )
  })
}

function lower(of: Demand['of'], name: string): string {
  return of === 'header' ? name.toLowerCase() : name
}

/** Lower case, without port and last dot. */
export function normalizeHost(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':')
  const name = (end <= 0 ? host : host.slice(0, end)).toLowerCase()
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** Header and query demands of one route. */
export class DemandGuard implements Guard {
  readonly weight: number
  readonly key: string
  readonly #demands: readonly Demand[]
  readonly #view: RequestView

  /** @param numberOf tells functions apart, which have no text of their own */
  constructor(demands: readonly Demand[], view: RequestView, numberOf: (test: ValueTest) => number) {
    this.#demands = demands
    this.#view = view
    // Headers outweigh the query, as in the Gateway API of Kubernetes.
    const headers = demands.filter(({ of }) => of === 'header').length
    this.weight = headers + (demands.length - headers) / 1024
    this.key = demands
      .map(({ of, name, condition }) => JSON.stringify([of, name, describe(condition, numberOf)]))
      .sort()
      .join()
  }

  accepts(): boolean {
    for (const { of, name, condition } of this.#demands) {
      const values = of === 'header' ? this.#view.header(name) : this.#view.query(name)
      if (!values.some((value) => fits(condition, value))) return false
    }
    return true
  }
}

/** `host "a.example", header "x-canary", query "page"`, or `none`: for messages. */
export function describeConditions(host: string, demands: readonly Demand[]): string {
  const all = demands.map(({ of, name }) => `${of} ${show(name)}`)
  if (host !== '') all.unshift(`host ${show(host)}`)
  return all.length === 0 ? 'none' : all.join(', ')
}

function fits(condition: ValueCondition, value: string): boolean {
  if (condition === true) return true
  if (typeof condition === 'string') return condition === value
  return typeof condition === 'function' ? condition(value) : condition.test(value)
}

function describe(condition: ValueCondition, numberOf: (test: ValueTest) => number): unknown {
  if (condition === true || typeof condition === 'string') return condition
  return [typeof condition === 'function' ? numberOf(condition) : String(condition)]
}

function fail(pattern: string, message: string): never {
  throw new RouterError('ERR_ROUTE_CONDITION', message, pattern)
}
