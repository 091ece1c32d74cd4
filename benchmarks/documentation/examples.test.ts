import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { extractExamples, findPages } from './markdown-examples.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Never below node_modules: Node refuses to strip types there.
const folder = fileURLToPath(new URL('../.examples/', import.meta.url))
const run = promisify(execFile)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

const examples = findPages(root).flatMap((page) => extractExamples(root, page))

describe('documented examples run as they stand', () => {
  it('finds the pages that must have one', () => {
    const pages = new Set(examples.map(({ page }) => page))
    expect([...pages]).toEqual(
      expect.arrayContaining(['README.md', 'packages/breaker/README.md', 'packages/gateway/README.md']),
    )
  })

  it.for(examples.map((example) => [`${example.page}:${example.line}`, example] as const))(
    '%s',
    async ([, example]) => {
      const file = `${folder}${example.page.replaceAll(/[^\w.-]/g, '-')}-${example.line}.mts`
      writeFileSync(file, example.code)
      const { stdout, stderr } = await run(process.execPath, ['--conditions=@breakwater/source', file], {
        timeout: 30_000,
      })
      // An example may print; what it must not do is fail, hang or warn.
      expect(stderr).toBe('')
      expectDocumentedOutput(example.code, stdout)
    },
  )
})

/** `console.log(x) // → text` promises its output: the promised lines must be what was printed, in order. */
function expectDocumentedOutput(code: string, stdout: string): void {
  const promised = [...code.matchAll(/console\.log\(.*\) *\/\/ → (.+)$/gm)].map((match) => match[1]?.trim())
  if (promised.length === 0) return
  expect(stdout.trimEnd().split('\n')).toEqual(promised)
}
