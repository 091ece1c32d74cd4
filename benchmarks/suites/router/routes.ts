// The routes and the requests of the suite: the same list on every call.
import { namesOf, type RouteSpec } from './design.ts'

export const KINDS = ['static', 'one-param', 'two-params', 'wildcard', 'miss'] as const
export type Kind = (typeof KINDS)[number]

const NOUNS =
  'users orders products invoices carts payments sessions teams projects reports tickets comments articles images devices'.split(
    ' ',
  )
const AREAS = ['api/v1', 'api/v2', 'admin', 'internal', 'partners', 'mobile/v3', 'shop', 'billing', 'support', 'events']

/**
 * Eight routes per resource, as an API has them; a name has the same meaning at the same place of every route. Text beside a
 * parameter (`/users/me` and `/users/:id`) does not occur, because the regular expression of one contender refuses it.
 */
function resource(base: string): RouteSpec[] {
  return [
    { method: 'GET', path: `/${base}` },
    { method: 'POST', path: `/${base}` },
    { method: 'GET', path: `/search/${base}` },
    { method: 'GET', path: `/${base}/:id` },
    { method: 'PUT', path: `/${base}/:id` },
    { method: 'GET', path: `/${base}/:id/history` },
    { method: 'GET', path: `/${base}/:id/notes/:noteId` },
    { method: 'GET', path: `/files/${base}/*` },
  ]
}

/** `count` routes: a resource has a noun of an area, after 150 resources the nouns get numbers. */
export function routes(count: number): RouteSpec[] {
  const list: RouteSpec[] = []
  for (let index = 0; list.length < count; index++) {
    const noun = NOUNS[index % NOUNS.length] as string
    const area = AREAS[Math.floor(index / NOUNS.length) % AREAS.length] as string
    const round = Math.floor(index / (NOUNS.length * AREAS.length))
    list.push(...resource(`${area}/${noun}${round === 0 ? '' : round}`))
  }
  return list.slice(0, count)
}

export interface Request {
  readonly method: string
  /** One string object, used again and again: V8 keeps its hash. */
  readonly path: string
  /** Where the path stands in {@link wire}. */
  readonly start: number
  readonly end: number
}

/** Not a multiple of anything else here, and too many for a branch predictor to learn. */
const REQUESTS = 1_021

/** Numbers from 0 to 1, the same list for the same seed (mulberry32, Tommy Ettinger, public domain). */
function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function kindOf(path: string): Exclude<Kind, 'miss'> {
  if (path.endsWith('*')) return 'wildcard'
  const values = namesOf(path).length
  return values === 0 ? 'static' : values === 1 ? 'one-param' : 'two-params'
}

/** Three of four ids are numbers of up to eight digits, one is a UUID. */
function id(random: () => number): string {
  const digits = (most: number): string => Math.floor(random() * 10 ** most).toString()
  if (random() < 0.75) return digits(1 + Math.floor(random() * 8))
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

function fill(path: string, random: () => number): string {
  return path.replace(/:[A-Za-z]+/g, () => id(random)).replace(/\*$/, () => `${id(random)}/page-${id(random)}.html`)
}

/** Nothing below the root, nothing below an area, one segment too many, a method that the path does not have. */
function miss(spec: RouteSpec, random: () => number): { method: string; path: string } {
  const [, first = ''] = spec.path.split('/')
  const which = Math.floor(random() * 4)
  if (which === 0) return { method: 'GET', path: `/favicon-${id(random)}.ico` }
  if (which === 1) return { method: 'GET', path: `/${first}/unknown/${id(random)}` }
  if (which === 2) return { method: 'GET', path: fill(spec.path.replace(/\/\*$/, ''), random).concat('/x/y/z') }
  return { method: 'DELETE', path: fill(spec.path, random) }
}

/** Requests of one kind for a list of routes, in random order. */
export function requests(specs: readonly RouteSpec[], kind: Kind): Request[] {
  const random = seededRandom(specs.length)
  const candidates = specs.filter(({ path }) => (kind === 'miss' ? !path.endsWith('*') : kindOf(path) === kind))
  let at = 0
  return Array.from({ length: REQUESTS }, () => {
    const spec = candidates[Math.floor(random() * candidates.length)] as RouteSpec
    const { method, path } = kind === 'miss' ? miss(spec, random) : { ...spec, path: fill(spec.path, random) }
    const start = at
    at += path.length
    return { method, path, start, end: at }
  })
}

/** The paths as a socket delivers them: bytes, one after the other. */
export function wire(list: readonly Request[]): Buffer {
  return Buffer.from(list.map(({ path }) => path).join(''), 'latin1')
}
