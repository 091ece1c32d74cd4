// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like this in configuration files
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interpolate } from '../../src/config/interpolate.ts'

const context = {
  env: { PORT: '8080', EMPTY: '', HOST: 'example.org' },
  readFile(path: string): string {
    if (path === '/run/secrets/x') return 'secret\n'
    throw Object.assign(new Error('no'), { code: 'ENOENT' })
  },
}

describe('interpolate', () => {
  it.each([
    ['plain', 'plain'],
    ['${PORT}', '8080'],
    ['http://${HOST}:${PORT}/', 'http://example.org:8080/'],
    ['${MISSING:-fallback}', 'fallback'],
    ['${MISSING:-}', ''],
    ['${MISSING:-http://a:1/?b=c}', 'http://a:1/?b=c'],
    ['${EMPTY}', ''],
    ['${EMPTY:-fallback}', 'fallback'],
    ['${PORT:-1}', '8080'],
    ['${PORT:?needed}', '8080'],
    ['${file:/run/secrets/x}', 'secret'],
    ['$${PORT}', '${PORT}'],
    ['$$${PORT}', '$${PORT}'],
    ['a$b', 'a$b'],
    ['100%$', '100%$'],
  ])('%j → %j', (written, text) => {
    expect(interpolate(written, context)).toEqual({ text, problems: [] })
  })

  it.each([
    ['a ${MISSING} b', 'the environment variable MISSING is not set', 2, 10],
    ['${MISSING:?the port of the API}', 'the environment variable MISSING is not set: the port of the API', 0, 31],
    ['${EMPTY:?}', 'the environment variable EMPTY is not set', 0, 10],
    ['${1X}', '"${1X}" is not a reference', 0, 5],
    ['${}', '"${}" is not a reference', 0, 3],
    ['${A-b}', '"${A-b}" is not a reference', 0, 6],
    ['x${PORT', '"${" without "}"', 1, 6],
    ['${file:gone}', 'the file "gone" cannot be read (ENOENT)', 0, 12],
  ])('%j is a problem with its place', (written, message, offset, length) => {
    const { problems } = interpolate(written, context)
    expect(problems).toEqual([{ message, offset, length, fix: expect.any(String) }])
  })

  it('reports every reference of a value', () => {
    expect(interpolate('${A}${B}', context).problems).toHaveLength(2)
  })

  it('does not look for variables on the prototype of the environment', () => {
    expect(interpolate('${toString:-no}', { ...context, env: {} }).text).toBe('no')
  })

  it('does not interpolate what was put in', () => {
    expect(interpolate('${A}', { ...context, env: { A: '${B}', B: 'x' } }).text).toBe('${B}')
  })

  it('leaves text without references alone, and an escaped text comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-') }), (text) => {
        if (!text.includes('${')) expect(interpolate(text, context).text).toBe(text)
        if (text.includes('$$')) return
        expect(
          interpolate(
            text.replaceAll('${', () => '$${'),
            context,
          ).text,
        ).toBe(text)
      }),
    )
  })
})
