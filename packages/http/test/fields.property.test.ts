import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isHopByHop } from '../src/wire/connection-options.ts'
import { forwardedRequestFields } from '../src/wire/forwarded-request.ts'
import { RequestHeaders } from '../src/wire/header-view.ts'
import { readRequestHead } from '../src/wire/request-head.ts'
import { forwardedResponseFields, overlayFields } from '../src/wire/response-fields.ts'

const limits = { maxHeaders: 100, maxBodyBytes: Number.POSITIVE_INFINITY, underscores: 'drop' as const }

const name = fc.constantFrom(
  ...[
    'Host',
    'X-A',
    'x-a',
    'X-B',
    '__proto__',
    'constructor',
    'Connection',
    'Keep-Alive',
    'TE',
    'Upgrade',
    'Authorization',
  ],
  ...['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Real-IP', 'Forwarded', 'Set-Cookie', 'x_a'],
)
const value = fc.constantFrom(
  '',
  '1',
  'close',
  'x-a, X-B',
  'keep-alive',
  'authorization',
  'x-forwarded-for',
  '__proto__',
  '6.6.6.6',
)
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 }).map((pairs) => pairs.flat())

const pairsOf = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((field, i) => (i % 2 === 0 ? [[field.toLowerCase(), flat[i + 1] ?? ''] as [string, string]] : []))

/** The plain way: every name that any Connection field lists. */
const listed = (flat: readonly string[]): string[] =>
  pairsOf(flat)
    .filter(([field]) => field === 'connection')
    .flatMap(([, list]) => list.split(','))
    .map((token) => token.trim().toLowerCase())

describe('fields, against the plain way to do it', () => {
  test('RequestHeaders joins as a loop would', () => {
    fc.assert(
      fc.property(fields, name, (raw, wanted) => {
        const view = new RequestHeaders()
        view.assign(raw)
        const values = pairsOf(raw).filter(([field]) => field === wanted.toLowerCase())
        expect(view.get(wanted.toLowerCase())).toBe(
          values.length === 0 ? undefined : values.map(([, text]) => text).join(', '),
        )
        expect(view.has(wanted.toLowerCase())).toBe(values.length > 0)
      }),
    )
  })

  test('no request field of the connection, and nothing that the client named, goes upstream', () => {
    fc.assert(
      fc.property(fields, fc.boolean(), (raw, trusted) => {
        const head = readRequestHead('GET', '/', '1.0', raw, limits)
        const origin = { remoteAddress: '192.0.2.1', trusted, scheme: 'http' }
        const sent = pairsOf(forwardedRequestFields(raw, head, origin, { set: { authorization: 'ours' } }))
        const named = listed(raw)
        for (const [field, text] of sent) {
          expect(isHopByHop(field)).toBe(false)
          if (named.includes(field) && !field.startsWith('x-forwarded-'))
            expect([field, text]).toEqual(['authorization', 'ours'])
          if (!trusted && /^(x-forwarded-(for|proto)|x-real-ip|forwarded)$/.test(field))
            expect(text).not.toBe('6.6.6.6')
        }
        expect(sent.filter(([field]) => field === 'authorization')).toEqual([['authorization', 'ours']])
        expect(sent.filter(([field]) => field === 'x-forwarded-for')).toHaveLength(1)
        expect(sent.find(([field]) => field === 'x-forwarded-for')?.[1].endsWith('192.0.2.1')).toBe(true)
        // What is neither of the connection nor a forwarding field passes unchanged and in order.
        const plain = ([field]: [string, string]): boolean =>
          field === 'x-a' || field === 'x-b' || field === 'set-cookie'
        expect(sent.filter(plain)).toEqual(pairsOf(raw).filter((pair) => plain(pair) && !named.includes(pair[0])))
      }),
    )
  })

  test('a response loses exactly what belongs to the connection', () => {
    fc.assert(
      fc.property(fields, (raw) => {
        const named = listed(raw)
        const expected = pairsOf(raw).filter(([field]) => !isHopByHop(field) && !named.includes(field))
        expect(pairsOf(forwardedResponseFields(200, raw))).toEqual(expected)
        expect(
          pairsOf(
            forwardedResponseFields(
              200,
              raw.map((text) => Buffer.from(text, 'latin1')),
            ),
          ),
        ).toEqual(expected)
      }),
    )
  })

  test('an overlay replaces, and appends cookies', () => {
    const overlay = fc
      .array(fc.tuple(fc.constantFrom('x-a', 'x-b', 'set-cookie'), value), { maxLength: 4 })
      .map((pairs) => pairs.flat())
    fc.assert(
      fc.property(fields, overlay, (raw, over) => {
        const result = raw.slice()
        overlayFields(result, over)
        let expected = pairsOf(raw)
        for (const [field, text] of pairsOf(over)) {
          if (field !== 'set-cookie') expected = expected.filter(([other]) => other !== field)
          expected.push([field, text])
        }
        expect(pairsOf(result)).toEqual(expected)
      }),
    )
  })
})
