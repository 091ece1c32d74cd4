import { checkRequest, checkResponse, type Forwarded } from './invariants.ts'
import { LlhttpOracle } from './llhttp.ts'
import { responseDisagreement } from './llhttp-response.ts'
import { randomMessage, requestSeeds, responseSeeds, seededRng } from './messages.ts'
import { minimize } from './minimize.ts'

export interface FoundCase {
  readonly kind: 'request' | 'response' | 'llhttp'
  readonly message: string
  readonly wrong: string
}

export interface InProcessResult {
  readonly messages: number
  readonly forwarded: number
  readonly readByLlhttp: number
  readonly findings: readonly FoundCase[]
}

const BATCH = 100
const MOST_FINDINGS = 10
/** A response costs a client of its own: one of so many is given to node:http. */
const RESPONSE_SAMPLE = 8
/** Methods that node:http does not know are ours to pass on, but no question for its parser. */
const KNOWN_METHOD = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)$/

/**
 * Mutated messages through scanner and chunked decoder, at least `least` of them and then until `deadline` (ms of
 * performance.now()).
 */
export async function fuzzInProcess(
  seed: number,
  least: number,
  deadline: number,
  progress: (line: string) => void,
): Promise<InProcessResult> {
  const oracle = new LlhttpOracle()
  const findings: FoundCase[] = []
  let batch: { message: string; forwarded: Forwarded }[] = []
  let messages = 0
  let forwardedCount = 0
  let readByLlhttp = 0
  let reported = performance.now()

  const ask = async (): Promise<void> => {
    const wrongAt = await oracle.disagreement(batch.map(({ forwarded }) => forwarded))
    readByLlhttp += batch.length
    const wrong = wrongAt === null ? undefined : batch[wrongAt.index]
    if (wrong !== undefined) {
      findings.push({ kind: 'llhttp', message: wrong.message, wrong: wrongAt?.wrong ?? '' })
    }
    batch = []
  }

  for (; findings.length < MOST_FINDINGS; messages++) {
    if ((messages & 1023) === 0) {
      const now = performance.now()
      if (messages >= least && now >= deadline) break
      if (now - reported > 5_000) {
        reported = now
        progress(`${messages} messages, ${forwardedCount} passed on, ${findings.length} findings`)
      }
      // Timers and signals have their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const rng = seededRng(seed + messages)
    const isRequest = messages % 4 !== 3
    const message = randomMessage(rng, isRequest ? requestSeeds : responseSeeds)
    const check = isRequest ? checkRequest : checkResponse
    const { wrong, forwarded } = guarded(() => check(message, rng))
    if (wrong !== '') {
      const kind = isRequest ? 'request' : 'response'
      const still = (text: string): boolean => {
        // The cuts are random: a case counts if some of them show it.
        for (let i = 0; i < 50; i++) if (guarded(() => check(text, seededRng(i))).wrong !== '') return true
        return false
      }
      findings.push({ kind, message: await minimize(message, still, 20_000), wrong })
    } else if (forwarded !== null) {
      forwardedCount++
      if (isRequest && KNOWN_METHOD.test(forwarded.method)) {
        batch.push({ message, forwarded })
        if (batch.length === BATCH) await ask()
      } else if (!isRequest && forwardedCount % RESPONSE_SAMPLE === 0) {
        readByLlhttp++
        const disagreement = await responseDisagreement(forwarded)
        if (disagreement !== '') findings.push({ kind: 'llhttp', message, wrong: disagreement })
      }
    }
  }
  if (batch.length > 0) await ask()
  return { messages, forwarded: forwardedCount, readByLlhttp, findings }
}

function guarded<T extends { wrong: string; forwarded: Forwarded | null }>(
  check: () => T,
): T | { wrong: string; forwarded: null } {
  try {
    return check()
  } catch (error) {
    return { wrong: `threw ${String(error)}`, forwarded: null }
  }
}
