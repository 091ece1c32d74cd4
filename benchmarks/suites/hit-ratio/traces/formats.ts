import { UsageError } from '../../../runner/errors.ts'
import { KeyNumbers } from './key-numbers.ts'
import { RequestList } from './request-list.ts'

/** Requests in their order; keys are numbers 0 … distinct - 1. */
export interface Trace {
  readonly name: string
  readonly requests: Int32Array
  readonly distinct: number
}

/** Reads a trace piece by piece, so that a large file need not fit into memory. */
export interface TraceReader {
  read(piece: Buffer): void
  /** @throws {UsageError} when the content cannot be a trace of this format */
  finish(): Omit<Trace, 'name'>
}

const NEWLINE = 10

/** Calls back for every line, without its end, over the borders of the pieces. */
class Lines {
  readonly #onLine: (line: string) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  read(piece: Buffer): void {
    const data = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    const end = data.lastIndexOf(NEWLINE)
    for (const line of data.toString('latin1', 0, Math.max(0, end)).split('\n')) this.#onLine(line)
    this.#rest = Buffer.from(data.subarray(end + 1))
  }

  finish(): void {
    if (this.#rest.length > 0) this.#onLine(this.#rest.toString('latin1'))
  }
}

/** `start count ignored reqno` stands for the requests start, start + 1, … start + count - 1. */
function arc(): TraceReader {
  const keys = new KeyNumbers()
  const requests = new RequestList()
  let lineNumber = 0
  const lines = new Lines((line) => {
    lineNumber++
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '') return
    const start = Number(fields[0])
    const count = Number(fields[1])
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(count) || count < 0 || count > 0x7fffffff) {
      throw new UsageError(
        `line ${lineNumber} is not "start count ignored reqno": ${JSON.stringify(line.slice(0, 60))}`,
      )
    }
    for (let key = start; key < start + count; key++) requests.push(keys.of(Math.floor(key / 2 ** 32), key))
  })
  return {
    read: (piece) => lines.read(piece),
    finish: () => {
      lines.finish()
      return { requests: requests.finish(), distinct: keys.count }
    },
  }
}

// Of at most 15 digits without leading zeros, hence exact: equal numbers are equal texts.
const SMALL_NUMBER = /^(?:0|[1-9]\d{0,14})$/

/** One key a line; lines of `*` and blank ones are skipped. */
function lirs(): TraceReader {
  const numbers = new KeyNumbers()
  const others = new Map<string, number>()
  const requests = new RequestList()
  const lines = new Lines((line) => {
    const key = line.trim()
    if (key === '' || key.startsWith('*')) return
    if (key.includes('\0')) throw new UsageError('the content is binary, not one key a line')
    if (SMALL_NUMBER.test(key)) {
      const number = Number(key)
      requests.push(numbers.of(Math.floor(number / 2 ** 32), number))
      return
    }
    let number = others.get(key)
    if (number === undefined) {
      number = numbers.next()
      others.set(key, number)
    }
    requests.push(number)
  })
  return {
    read: (piece) => lines.read(piece),
    finish: () => {
      lines.finish()
      return { requests: requests.finish(), distinct: numbers.count }
    },
  }
}

/** Big-endian integers of 4 or 8 bytes. Only equality matters, so the sign does not. */
function bigEndian(width: 4 | 8): TraceReader {
  const keys = new KeyNumbers()
  const requests = new RequestList()
  let rest: Buffer = Buffer.alloc(0)
  return {
    read: (piece) => {
      const data = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const whole = data.length - (data.length % width)
      for (let at = 0; at < whole; at += width) {
        const high = width === 8 ? data.readInt32BE(at) : 0
        requests.push(keys.of(high, data.readInt32BE(at + width - 4)))
      }
      rest = Buffer.from(data.subarray(whole))
    },
    // An incomplete last record is ignored.
    finish: () => ({ requests: requests.finish(), distinct: keys.count }),
  }
}

export type Format = 'arc' | 'lirs' | 'cache2k' | 'int64be' | 'uint32be'

const READERS: Record<Format, () => TraceReader> = {
  arc,
  lirs,
  cache2k: () => bigEndian(4),
  int64be: () => bigEndian(8),
  uint32be: () => bigEndian(4),
}

export const FORMATS: readonly Format[] = Object.keys(READERS) as Format[]

export function isFormat(name: string): name is Format {
  return Object.hasOwn(READERS, name)
}

export function openReader(format: Format): TraceReader {
  return READERS[format]()
}
