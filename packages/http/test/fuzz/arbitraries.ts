import fc from 'fast-check'
import { applyEdits, pieces, requestSeeds, responseSeeds } from './messages.ts'

// The same messages for fast-check, which shrinks what it finds.

const edit = fc.record({ at: fc.nat(600), cut: fc.nat(6), put: fc.constantFrom('', ...pieces) })

const mutated = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 4 })).map(([seed, edits]) => applyEdits(seed, edits))

export const mutatedRequest: fc.Arbitrary<string> = mutated(requestSeeds)
export const mutatedResponse: fc.Arbitrary<string> = mutated(responseSeeds)

const tchar = fc.constantFrom(..."!#$%&'*+-.^`|~09azAZ")
const word = fc.string({ unit: tchar, minLength: 1, maxLength: 12 })
const valueUnit = fc.oneof(fc.constantFrom(' ', '\t', 'a', ':', '\x80', '\xff', '"', ','), tchar)
const value = fc.string({ unit: valueUnit, maxLength: 20 })
/** Names that the engine does not treat. */
const plainField = fc.tuple(
  word.map((name) => `x${name}`).filter((name) => !/^x-(forwarded|real)/i.test(name)),
  value,
)

export interface ValidRequest {
  readonly method: string
  readonly target: string
  readonly minor: 0 | 1
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly chunked: boolean
}

const targetUnit = fc.constantFrom(...'/.?%2eaZ0;\\~!&=\'()*+,:@-_$|{}"<>^`')

/** Requests that the grammar accepts, as parts. */
export const validRequest: fc.Arbitrary<ValidRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'M-SEARCH', 'X1'),
  target: fc.string({ unit: targetUnit, maxLength: 30 }).map((text) => `/${text}`),
  minor: fc.constant(1 as const),
  fields: fc.array(plainField, { maxLength: 8 }),
  body: fc.string({ unit: fc.constantFrom('a', '\0', '\r', '\n', '0', '\xff'), maxLength: 40 }),
  chunked: fc.boolean(),
})

export interface Chunk {
  readonly data: string
  readonly extension: string
  readonly zeros: number
  readonly upperCase: boolean
}

const chunk: fc.Arbitrary<Chunk> = fc.record({
  data: fc.string({ unit: fc.constantFrom('a', '\r', '\n', '0', ';', '\0', '\xff'), minLength: 1, maxLength: 40 }),
  extension: fc.oneof(
    fc.constant(''),
    value.map((text) => `;${text}`),
  ),
  zeros: fc.nat(5),
  upperCase: fc.boolean(),
})

export interface ChunkStream {
  readonly chunks: readonly Chunk[]
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

export const chunkStream: fc.Arbitrary<ChunkStream> = fc.record({
  chunks: fc.array(chunk, { maxLength: 6 }),
  trailers: fc.oneof(fc.constant([]), fc.array(plainField, { maxLength: 3 })),
})

export function chunkedText({ chunks, trailers }: ChunkStream): string {
  let text = ''
  for (const { data, extension, zeros, upperCase } of chunks) {
    const size = data.length.toString(16)
    text += `${'0'.repeat(zeros)}${upperCase ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
  }
  return `${text}0\r\n${trailers.map(([name, text]) => `${name}: ${text}\r\n`).join('')}\r\n`
}

/** Places at which a text of some length is cut: ascending offsets. */
export const cutsOf = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(length), { maxLength: 6 }).map((cuts) => cuts.sort((a, b) => a - b))
