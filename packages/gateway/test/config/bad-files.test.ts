import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfigFile } from '../../src/config/load.ts'

// Each bad file has its exact report beside it (NAME.yaml.txt). After an intended change of wording:
// REPORTS=write npm test -- bad-files, and read the difference.
const folder = fileURLToPath(new URL('../fixtures/config/', import.meta.url))
const files = readdirSync(folder).filter((name) => !name.endsWith('.txt'))

async function reportOf(name: string): Promise<string> {
  try {
    await loadConfigFile(join(folder, name))
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message.replaceAll(folder, '')}\n`
    throw error
  }
  return 'valid'
}

describe('a bad configuration file', () => {
  it('comes in at least ten kinds', () => {
    expect(files.length).toBeGreaterThanOrEqual(10)
  })

  it.each(files)('%s is reported with place, reason and fix', async (name) => {
    const report = await reportOf(name)
    const expected = join(folder, `${name}.txt`)
    if (process.env.REPORTS === 'write') writeFileSync(expected, report)
    expect(report).toBe(readFileSync(expected, 'utf8'))
  })

  it.each(files)('%s is reported on one screen', async (name) => {
    const lines = (await reportOf(name)).split('\n')
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(160)
  })

  it.each(files)('%s: every problem names a fix', async (name) => {
    const error: unknown = await loadConfigFile(join(folder, name)).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ConfigError)
    for (const issue of (error as ConfigError).issues) {
      expect(issue.fix, issue.message).toBeTruthy()
      if (name !== 'empty.yaml') expect(issue.line).toBeGreaterThan(0)
    }
  })
})
