// The documentation is code: every ```ts block of a page is a program that must run as it stands.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export interface MarkdownExample {
  /** Path of the page, relative to the repository, with `/`. */
  readonly page: string
  /** 1-based line of the first line of code. */
  readonly line: number
  readonly code: string
}

const skippedFolders = new Set([
  'node_modules',
  'dist',
  '.cache',
  '.changeset',
  '.examples',
  '.git',
  'coverage',
  'fixtures',
])

/** All Markdown pages below `root`, sorted. */
export function findPages(root: string, folder: string = root): string[] {
  const pages: string[] = []
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) {
      if (!skippedFolders.has(name)) pages.push(...findPages(root, path))
    } else if (name.endsWith('.md')) {
      pages.push(relative(root, path).split(sep).join('/'))
    }
  }
  return pages
}

/** The ```ts blocks of one page. Any other info string (` ```ts twoslash`, ` ```js`, ` ```sh`) is left alone. */
export function extractExamples(root: string, page: string): MarkdownExample[] {
  const examples: MarkdownExample[] = []
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  let begin = -1
  for (const [index, line] of lines.entries()) {
    if (begin === -1) {
      if (line.trimEnd() === '```ts') begin = index + 1
    } else if (line.startsWith('```')) {
      examples.push({ page, line: begin + 1, code: `${lines.slice(begin, index).join('\n')}\n` })
      begin = -1
    }
  }
  return examples
}
