import { acceptedDifference, describeOutcome } from './accepted-differences.ts'
import { Lane, type Outcome, requestsIn, TAIL } from './lane.ts'
import { randomMessage, requestSeeds, seededRng } from './messages.ts'
import { minimize } from './minimize.ts'

export interface SocketCase {
  readonly kind: 'sockets'
  readonly message: string
  readonly wrong: string
}

export interface SocketResult {
  readonly messages: number
  /** Differences between the engines that are on the written list, by name. */
  readonly differences: Readonly<Record<string, number>>
  readonly findings: readonly SocketCase[]
}

const LANES = 40
const QUIET_MS = 25
const LONG_QUIET_MS = 400
/** A finding over sockets is made smaller for half a minute or so. */
const MOST_TRIES = 60
const MOST_FINDINGS = 10

/**
 * Mutated messages to engine net and engine node at the same time: they must pass on the same requests, and answer alike,
 * but for the written list of accepted differences. At least `least` messages, then until `deadline`.
 */
export async function fuzzOverSockets(
  seed: number,
  least: number,
  deadline: number,
  progress: (line: string) => void,
): Promise<SocketResult> {
  const differences: Record<string, number> = {}
  const findings: SocketCase[] = []
  let next = 0
  let done = 0
  let reported = performance.now()

  const run = async (): Promise<void> => {
    const net = new Lane()
    const node = new Lane()
    await net.start('net')
    await node.start('node')
    while (findings.length < MOST_FINDINGS && (next < least || performance.now() < deadline)) {
      const rng = seededRng(seed + next++)
      const message = randomMessage(rng, requestSeeds) + (rng(3) === 0 ? FOLLOWER : '')
      const cut = rng(2) === 0 ? 0 : rng(message.length)
      let wrong = await compare(net, node, message, cut, QUIET_MS)
      // On a busy machine the tail may overtake an answer: what is no matter of time shows again.
      if (wrong !== '') wrong = await compare(net, node, message, cut, LONG_QUIET_MS)
      done++
      if (wrong.startsWith('accepted: ')) differences[wrong.slice(10)] = (differences[wrong.slice(10)] ?? 0) + 1
      else if (wrong !== '') {
        const still = async (shorter: string): Promise<boolean> =>
          isFinding(await compare(net, node, shorter, cut, LONG_QUIET_MS))
        findings.push({ kind: 'sockets', message: await minimize(message, still, MOST_TRIES), wrong })
      }
      const now = performance.now()
      if (now - reported > 5_000) {
        reported = now
        progress(`${done} messages over sockets, ${findings.length} findings`)
      }
    }
    await Promise.all([net.stop(), node.stop()])
  }
  await Promise.all(Array.from({ length: LANES }, run))
  return { messages: done, differences, findings }
}

/** A second request in the same write: it shows where the first one ended. */
const FOLLOWER = 'GET /follower HTTP/1.1\r\nHost: a.test\r\n\r\n'

const isFinding = (wrong: string): boolean => wrong !== '' && !wrong.startsWith('accepted: ')

async function compare(net: Lane, node: Lane, message: string, cut: number, quietMs: number): Promise<string> {
  const [ours, oracle] = await Promise.all([net.send(message, cut, quietMs), node.send(message, 0, quietMs)])
  return judge(message, ours, oracle)
}

export function judge(message: string, net: Outcome, node: Outcome): string {
  if (net.hung) return 'engine net does not end the connection'
  if (net.dirt !== '') return `engine net passes on ${net.dirt}`
  if (net.statuses.includes(500)) return 'engine net answers 500'
  const expected = requestsIn(message + TAIL)
  // Another reader of the same grammar, and no engine: every request that goes on stands in the bytes, in that order.
  if (net.requests.some((request, index) => request !== expected[index])) {
    return `engine net passes on ${net.requests.join(' | ')}, the bytes say ${expected.join(' | ')}`
  }
  const [a, b] = [describeOutcome(net), describeOutcome(node)]
  if (a === b) return ''
  const name = acceptedDifference(message, net, node)
  return name === '' ? `net ${a} [${net.statuses}], node ${b} [${node.statuses}]` : `accepted: ${name}`
}
