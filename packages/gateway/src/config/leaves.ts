// The single values of a configuration as zod schemas. The message of each is a noun phrase, "a duration such as 30s":
// explain.ts makes the sentence `expected a duration such as 30s, found "3 parsecs"` and keeps secrets out of it.
import { isIP } from 'node:net'
import { z } from 'zod'
import type { ListenAddress, SessionSource } from './config.ts'
import { suggest } from './suggest.ts'
import { parseDuration, parsePercentage, parseSize, parseStatusRange } from './units.ts'

/** A value refused for a reason that "expected X, found Y" does not tell. The sentence must not repeat the value. */
class Refusal {
  readonly reason: string
  readonly fix: string | undefined
  constructor(reason: string, fix?: string) {
    this.reason = reason
    this.fix = fix
  }
}

type Parsed<T> = T | Refusal | undefined

/** What to write there, and the noun phrase it goes with. */
const examples = new WeakMap<z.core.$ZodType, { readonly expected: string; readonly example: string }>()

/** An example for what a message expects, if it is the phrase of this leaf. */
export function exampleOf(schema: z.core.$ZodType, expected: string): string | undefined {
  const known = examples.get(schema)
  if (known !== undefined) return known.expected === expected ? known.example : undefined
  return schema instanceof z.ZodPipe ? exampleOf(schema.in, expected) : undefined
}

function leaf<I, O>(
  accepts: z.ZodType<I, I>,
  expected: string,
  example: string,
  parse: (value: I) => Parsed<O>,
): z.ZodType<O, I> {
  const schema = accepts.transform((value, context): O => {
    const parsed = parse(value)
    if (parsed !== undefined && !(parsed instanceof Refusal)) return parsed
    const params = parsed instanceof Refusal ? { reason: parsed.reason, fix: parsed.fix } : {}
    context.addIssue({ code: 'custom', message: expected, params })
    return z.NEVER
  })
  examples.set(schema, { expected, example })
  return schema
}

function numberOrText(expected: string): z.ZodType<number | string, number | string> {
  return z.union([z.number(), z.string()], { error: () => expected })
}

export function text(expected: string): z.ZodString {
  return z.string({ error: () => expected })
}

/** @param example what an error proposes; it shall work beside the defaults */
export function duration(example: string, min = 0): z.ZodType<number, number | string> {
  const least = min === 0 ? '' : ` of at least ${min >= 1000 ? `${min / 1000}s` : `${min}ms`}`
  const expected = `a duration${least} (500ms, 30s, 5m, 1h, or milliseconds; at most 24d)`
  return leaf(numberOrText(expected), expected, example, (value) => {
    const ms = parseDuration(value)
    return ms !== undefined && ms >= min ? ms : undefined
  })
}

export function size(): z.ZodType<number, number | string> {
  const expected = 'a size (512B, 64KiB, 10MiB, 1GB, or bytes)'
  return leaf(numberOrText(expected), expected, '10MiB', parseSize)
}

export function percentage(): z.ZodType<number, number | string> {
  const expected = 'a percentage above 0, at most 100 (50 or "50%")'
  return leaf(numberOrText(expected), expected, '50%', parsePercentage)
}

export function statusRange(): z.ZodType<{ min: number; max: number }, number | string> {
  const expected = 'a status code or range (2xx, 204, 200-399)'
  return leaf(numberOrText(expected), expected, '2xx', parseStatusRange)
}

export function integer(min: number, max: number, example: number): z.ZodType<number, number> {
  const expected = `a whole number from ${min} to ${max.toLocaleString('en-US')}`
  return leaf(z.number({ error: () => expected }), expected, String(example), (value) =>
    Number.isInteger(value) && value >= min && value <= max ? value : undefined,
  )
}

export function weight(): z.ZodType<number, number> {
  const expected = 'a weight from 0 to 1000'
  return leaf(z.number({ error: () => expected }), expected, '1', (value) =>
    value >= 0 && value <= 1000 ? value : undefined,
  )
}

/** A public address: as `listen`, or `unix:` and the absolute path of a socket file. */
export function publicListen(): z.ZodType<ListenAddress & { path?: string }, number | string> {
  const tcp = listen('0.0.0.0', '8080')
  const expected = 'a port from 0 to 65535, "host:port" or "unix:/path"'
  return leaf(numberOrText(expected), expected, '8080', (value): Parsed<ListenAddress & { path?: string }> => {
    const path = socketPath(value)
    if (path !== undefined) return typeof path === 'string' ? { host: '', port: 0, path } : path
    const parsed = tcp.safeParse(value)
    if (parsed.success) return parsed.data
    const reason = parsed.error.issues.find((issue) => issue.code === 'custom')
    const { reason: why, fix } = (reason?.code === 'custom' && reason.params) || {}
    return typeof why === 'string' ? new Refusal(why, typeof fix === 'string' ? fix : undefined) : undefined
  })
}

/** undefined: the value is about something else. */
function socketPath(value: number | string): string | Refusal | undefined {
  if (typeof value !== 'string' || !value.trim().startsWith('unix:')) return undefined
  const path = value.trim().slice('unix:'.length)
  if (path.startsWith('/') && !path.startsWith('//') && !path.endsWith('/') && !path.includes('\0')) return path
  return new Refusal('the path of a socket file is absolute', 'write, for example, "unix:/run/gateway.sock"')
}

/** A certificate or a key: the text itself, or the path of its file. */
export function pem(what: string): z.ZodType<string, string> {
  const expected = `the path of a PEM file with ${what}, or its text`
  return leaf(text(expected), expected, `"/etc/ssl/${what.includes('key') ? 'key' : 'cert'}.pem"`, (value) =>
    value.trim() === '' || value.includes('\0') ? undefined : value,
  )
}

/** @param anyHost what a bare port listens on @param example port that an error proposes */
export function listen(anyHost: string, example: string): z.ZodType<ListenAddress, number | string> {
  const expected = 'a port from 0 to 65535 or "host:port"'
  return leaf(numberOrText(expected), expected, example, (value): Parsed<ListenAddress> => {
    const written = String(value).trim()
    if (/^\d+$/.test(written)) return address(anyHost, written)
    if (isIP(written) === 6 || /^[0-9a-f]*:[0-9a-f:]*:\d+$/i.test(written)) {
      return new Refusal('an IPv6 address needs brackets here', 'write "[::1]:8080"')
    }
    const match = /^(?:\[([0-9a-f:.%]+)\]|([A-Za-z0-9._-]*)):(\d+)$/i.exec(written)
    if (match === null) return undefined
    const [, six, host, port = ''] = match
    if (six !== undefined && isIP(six) !== 6) return undefined
    return address(six ?? (host === undefined || host === '' ? '0.0.0.0' : host), port)
  })
}

function address(host: string, digits: string): ListenAddress | undefined {
  const port = Number(digits)
  return Number.isInteger(port) && port <= 65535 ? { host, port } : undefined
}

const PORT_FIX = 'write the port that the server listens on'

/** Origin of a target: `http://10.0.0.1:3000`, `unix:/run/app.sock`. */
export function origin(): z.ZodType<string, string> {
  const expected = 'the URL of a server, such as http://127.0.0.1:3000'
  return leaf(text(expected), expected, '"http://127.0.0.1:3000"', (value): Parsed<string> => {
    const written = value.trim()
    const path = socketPath(written)
    if (path !== undefined) return typeof path === 'string' ? `unix:${path}` : path
    if (/^[A-Za-z0-9.-]+(:\d+)?(\/|$)/.test(written)) {
      return new Refusal('the URL has no scheme', `write "http://${written.replace(/\/.*$/, '')}"`)
    }
    // WHATWG parsing forgives `http:/host` and `http:host`; a typing error should not become a host name.
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(written)) return undefined
    const port = /^[^/?#]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(written)?.[1]
    if (Number(port) > 65_535) return new Refusal('a port is at most 65535', PORT_FIX)
    if (!URL.canParse(written)) return undefined
    const url = new URL(written)
    if (url.username !== '' || url.password !== '') {
      return new Refusal(
        'a target URL must not hold a user name or password',
        'remove everything up to and with the "@"',
      )
    }
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      return new Refusal('the scheme of a target must be http or https', `write http://${url.host}`)
    }
    if (url.port === '0') return new Refusal('port 0 cannot be connected to', PORT_FIX)
    if (url.pathname !== '/' || /[?#]/.test(written)) {
      return new Refusal(
        'a target is an origin: it must not have a path, query or fragment',
        'keep scheme, host and port; paths belong to routes',
      )
    }
    return url.origin
  })
}

/** `{ kind: 'cookie', name: 'sid' }` from `cookie:sid`. Header names become lower case. */
export function sessionSource(): z.ZodType<SessionSource, string> {
  const expected = '"cookie:NAME" or "header:NAME"'
  return leaf(text(expected), expected, '"cookie:sid"', (value): Parsed<SessionSource> => {
    const match = /^(cookie|header):([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})$/.exec(value.trim())
    if (match === null) return misspeltSource(value)
    const [, kind, name = ''] = match
    return kind === 'cookie' ? { kind, name } : { kind: 'header', name: name.toLowerCase() }
  })
}

function misspeltSource(value: string): Refusal | undefined {
  const match = /^(?:([A-Za-z]+):)?([\w-]{1,60})$/.exec(value.trim())
  if (match === null) return undefined
  const [, kind, name] = match
  if (kind === undefined)
    return new Refusal('a session comes from a cookie or a header', `write "cookie:${name}" or "header:${name}"`)
  const meant = suggest(kind, ['cookie', 'header'])
  return meant === undefined
    ? undefined
    : new Refusal('a session comes from "cookie:…" or "header:…"', `write "${meant}:${name}"`)
}

/** A path of our own, compared literally: probe prefix, metrics, health check. */
export function plainPath(example: string, mayBeEmpty = false): z.ZodType<string, string> {
  const expected = `a path such as ${example}${mayBeEmpty ? ', without "/" at its end, or ""' : ''}`
  return leaf(text(expected), expected, example, (value): Parsed<string> => {
    if (value === '') return mayBeEmpty ? value : undefined
    if (!/^\/[\x21-\x7e]*$/.test(value) || value.includes('#')) return undefined
    return mayBeEmpty && (value.endsWith('/') || value.includes('?')) ? undefined : value
  })
}

/** Pattern of a route. What the router makes of it is checked when the routes are registered (checks.ts). */
export function routePattern(): z.ZodType<string, string> {
  const expected = 'a path such as /users/:id or /api/*'
  return leaf(text(expected), expected, '"/api/*"', (value): Parsed<string> => {
    if (!value.startsWith('/')) return new Refusal('a route path begins with "/"', `write "/${value.slice(0, 60)}"`)
    if (/[?#]/.test(value))
      return new Refusal('a route path has no query or fragment', 'remove what follows "?" or "#"')
    if (/[;\\]/.test(value)) return new Refusal('requests with ";" or "\\" in the path are refused', 'remove it')
    if (!/^\/[\x21-\x7e]*$/.test(value)) {
      return new Refusal('a route path holds visible ASCII only', 'percent-encode spaces and other characters')
    }
    return value
  })
}

/** An address, a CIDR, or `loopback`. */
export function trustedProxy(): z.ZodType<string, string> {
  const expected = 'an IP address, a CIDR such as 10.0.0.0/8, or "loopback"'
  return leaf(text(expected), expected, '10.0.0.0/8', (value) => {
    if (value === 'loopback') return value
    const [ip = '', bits, ...rest] = value.split('/')
    const family = isIP(ip)
    if (family === 0 || rest.length > 0) return undefined
    if (bits === undefined) return value
    return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128) ? value : undefined
  })
}
