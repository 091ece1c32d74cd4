// What to say about keys that are not known, and about keys that are missing.
import type { Problem } from './issue-list.ts'
import type { Path } from './source.ts'
import { suggest } from './suggest.ts'

const PIPELINING: Problem = {
  message:
    'pipelining is not offered: one slow or streamed response would hold up every request behind it on the same\n' +
    'connection (head-of-line blocking)',
  fix: 'remove it; for more concurrency raise pool.connections',
}

/** Keys by the name people know from elsewhere, and what stands for them here. */
const ELSEWHERE: Readonly<Record<string, Problem>> = {
  pipelining: PIPELINING,
  port: { message: 'there is no key "port"', fix: 'write listen: 8080 or listen: "127.0.0.1:8080"' },
  host: { message: 'there is no key "host"', fix: 'write listen: "127.0.0.1:8080"' },
  retry: {
    message: 'there is no key "retry"',
    fix: 'write fallback: { maxAttempts: 3 } for attempts on other targets',
  },
  retries: { message: 'there is no key "retries"', fix: 'write fallback: { maxAttempts: 3 }' },
  servers: { message: 'there is no key "servers"', fix: 'write targets: ["http://127.0.0.1:3000"]' },
  url: { message: 'there is no key "url" here', fix: 'write targets: ["http://127.0.0.1:3000"]' },
  maxBufferedBody: {
    message: 'bodies are never buffered, so there is no such limit',
    fix: 'remove it, or write maxBody',
  },
  token: { message: 'the admin listener takes no token in this version: it is bound to loopback', fix: 'remove it' },
}

/** A key that the schema does not have at `path`. */
export function unknownKey(path: Path, key: string, known: readonly string[]): Problem {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
  const suggestion = elsewhere === undefined ? suggest(key, known) : undefined
  if (elsewhere !== undefined) return elsewhere
  const where = path.length === 0 ? 'at the top level' : 'here'
  return {
    message: `unknown key ${JSON.stringify(key.slice(0, 60))}; known ${where}: ${known.join(', ')}`,
    suggestion,
    fix: suggestion === undefined ? 'remove it' : `write ${suggestion}:`,
  }
}

const ADD: Readonly<Record<string, string>> = {
  upstreams: 'add upstreams: { api: { targets: ["http://127.0.0.1:3000"] } }',
  routes: 'add routes: [{ path: "/*", upstream: api }]',
  targets: 'add targets: ["http://127.0.0.1:3000"]',
  url: 'add url: "http://127.0.0.1:3000"',
  path: 'add path: "/*"',
  upstream: 'add upstream: and the name of one of the upstreams',
}

/** A key that must be there and is not. */
export function missingKey(path: Path): Problem {
  const key = String(path.at(-1))
  return { message: `"${key}" is missing`, fix: Object.hasOwn(ADD, key) ? ADD[key] : undefined }
}
