// Every contender has to answer as the service itself does, before anything is measured.
import { createHash } from 'node:crypto'
import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import { firstDifference, show } from '../../runner/answers.ts'
import type { Address } from './load/client-socket.ts'
import { EVENT, type Kind, POSTED_BODY, targetOf } from './traffic.ts'

export interface Answer {
  readonly request: string
  readonly status: number
  readonly type: string | undefined
  readonly length: number
  readonly sha256: string
}

const TIME_LIMIT_MS = 10_000
const EVENTS_READ = 3

interface Ask {
  readonly method: string
  readonly target: string
  readonly body?: string
  /** Stop after so many bytes: for a stream. */
  readonly most?: number
}

function asksOf(kind: Kind): Ask[] {
  const body = 'y'.repeat(POSTED_BODY)
  // Plain queries: fast-gateway writes them anew, so `%20` would arrive as `+` and a path without a query gets a `?`.
  const checks = [
    { method: 'GET', target: '/api/check?a=1&b=two' },
    { method: 'POST', target: '/api/check?a=1', body },
  ]
  if (kind === 'events')
    return [...checks, { method: 'GET', target: targetOf(kind, 1), most: EVENTS_READ * EVENT.length }]
  const measured = { method: kind === 'post' ? 'POST' : 'GET', target: targetOf(kind, 1) }
  const full = kind === 'post' ? { ...measured, body } : measured
  // Twice on one connection, so that reuse is covered.
  return [...checks, full, full]
}

function readBody(response: IncomingMessage, most: number): Promise<Buffer> {
  return new Promise((settle, fail) => {
    const pieces: Buffer[] = []
    let length = 0
    response.on('data', (piece: Buffer) => {
      pieces.push(piece)
      length += piece.length
      if (length < most) return
      settle(Buffer.concat(pieces).subarray(0, most))
      response.destroy()
    })
    response.on('end', () => settle(Buffer.concat(pieces)))
    response.on('error', fail)
  })
}

async function ask(
  { method, target, body, most = Number.POSITIVE_INFINITY }: Ask,
  send: (method: string, path: string, headers: Record<string, string>) => ClientRequest,
): Promise<Answer> {
  // Node writes a GET without content-length, and a POST with one.
  const length: Record<string, string> = body === undefined ? {} : { 'content-length': String(body.length) }
  const outgoing = send(method, target, { 'x-request-id': 'check', ...length })
  const response = await new Promise<IncomingMessage>((settle, fail) => {
    outgoing.on('response', settle)
    outgoing.on('error', fail)
    outgoing.setTimeout(TIME_LIMIT_MS, () => outgoing.destroy(new Error('no answer for 10 s')))
    outgoing.end(body)
  })
  const bytes = await readBody(response, most)
  return {
    request: `${method} ${target}`,
    status: response.statusCode ?? 0,
    type: response.headers['content-type'],
    length: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** @throws {Error} when a request fails */
export async function askAll({ port, certificate }: Address, kind: Kind): Promise<Answer[]> {
  const host = { host: '127.0.0.1', port }
  const agent = certificate === undefined ? new Agent({ keepAlive: true }) : null
  const tlsAgent = certificate === undefined ? null : new TlsAgent({ keepAlive: true, ca: certificate })
  try {
    const answers: Answer[] = []
    for (const item of asksOf(kind)) {
      const answer = await ask(item, (method, path, fields) => {
        const headers = { host: 'gateway.example', ...fields }
        if (tlsAgent === null)
          return requestPlain({ ...host, method, path, headers, ...(agent === null ? {} : { agent }) })
        return requestTls({ ...host, method, path, headers, agent: tlsAgent, servername: 'gateway.example' })
      })
      answers.push(answer)
    }
    return answers
  } finally {
    agent?.destroy()
    tlsAgent?.destroy()
  }
}

/** What is wrong with a contender's answers, or null. @param expected the service's own */
export async function wrongAnswer(address: Address, kind: Kind, expected: readonly Answer[]): Promise<string | null> {
  try {
    const answers = await askAll(address, kind)
    for (const [index, answer] of answers.entries()) {
      const difference = firstDifference(answer, expected[index])
      if (difference === null) continue
      return `${answer.request}: ${difference.path.slice(1)} is ${show(difference.left)}, not ${show(difference.right)}`
    }
    return null
  } catch (error) {
    return `no answer: ${error instanceof Error ? error.message : String(error)}`
  }
}
