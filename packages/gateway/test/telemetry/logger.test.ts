import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { createLogger, describeError, silentLogger } from '../../src/telemetry/logger.ts'

const SOURCE = new URL('../../src/telemetry/logger.ts', import.meta.url).href

/** What a process writes to a stdout that is no terminal. */
function written(format: string, level: string): string {
  const program = `
    import { createLogger } from ${JSON.stringify(SOURCE)}
    const log = createLogger({ level: '${level}', format: '${format}', access: false })
    log.info({ upstream: 'api' }, 'hello')
    log.error({ err: Object.assign(new Error('boom'), { code: 'E1', options: { headers: { authorization: 's3cret' } } }) }, 'bad')`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@breakwater/source', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  return stdout
}

// Each process compiles its source: seconds on a machine that is busy.
describe('createLogger', { timeout: 30_000 }, () => {
  it.each(['json', 'auto'])('writes one JSON object per line with format %s, stdout being no terminal', (format) => {
    const lines = written(format, 'info')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { level: 'info', upstream: 'api', msg: 'hello', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      { level: 'error', msg: 'bad', err: { type: 'Error', code: 'E1', message: 'boom' } },
    ])
    expect(JSON.stringify(lines)).not.toContain('s3cret')
  })

  it('writes text with format pretty, without colours where they would be noise', () => {
    const text = written('pretty', 'info')
    expect(text).toMatch(/INFO.*hello/)
    expect(text).toMatch(/hello \{"upstream":"api"\}/)
    expect(text).not.toContain('\u001b[')
  })

  it('writes nothing below its level', () => {
    expect(written('json', 'fatal')).toBe('')
    expect(createLogger({ level: 'silent', format: 'json', access: false }).isLevelEnabled('fatal')).toBe(false)
    expect(silentLogger().isLevelEnabled('fatal')).toBe(false)
  })
})

it('describeError takes no more from an error than its name, code, message and stack', () => {
  const error = Object.assign(new TypeError('no'), { code: 'E2', request: { headers: {} } })
  expect(describeError(error)).toEqual({ type: 'TypeError', code: 'E2', message: 'no', stack: error.stack })
  expect(describeError('text')).toEqual({ message: 'text' })
  expect(describeError(Object.assign(new Error('x'), { code: 7 }))).not.toHaveProperty('code')
})

it('regression: an error described by the call and by the serializer was logged as [object Object]', () => {
  const described = describeError(Object.assign(new TypeError('no'), { code: 'E2' }))
  expect(describeError(described)).toEqual(described)
  expect(describeError({ secret: 1 })).toEqual({ message: expect.stringContaining('without a message') })
  expect(describeError(Object.create(null))).toHaveProperty('message')
})
