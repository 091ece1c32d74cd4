// Collects problems with their places; sorted as they stand in the file.
import type { ConfigIssue } from './config-error.ts'
import type { ConfigSource, Path } from './source.ts'

export interface Problem {
  readonly message: string
  readonly suggestion?: string | undefined
  readonly fix?: string | undefined
  /** What the caret stands under. Default the value. */
  readonly part?: 'key' | 'value' | undefined
}

export class IssueList {
  readonly source: ConfigSource
  readonly #issues: ConfigIssue[] = []

  constructor(source: ConfigSource) {
    this.source = source
  }

  get isEmpty(): boolean {
    return this.#issues.length === 0
  }

  add(path: Path, { message, suggestion, fix, part = 'value' }: Problem): void {
    this.addAt(this.source.locate?.(path, part) ?? {}, path, { message, suggestion, fix })
  }

  addAt(
    place: Pick<ConfigIssue, 'line' | 'column' | 'excerpt'>,
    path: Path,
    { message, suggestion, fix }: Problem,
  ): void {
    this.#issues.push({
      path: pathText(path),
      message,
      ...(this.source.file === undefined ? {} : { file: this.source.file }),
      ...place,
      ...(suggestion === undefined ? {} : { suggestion }),
      ...(fix === undefined ? {} : { fix }),
    })
  }

  sorted(): ConfigIssue[] {
    return this.#issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  }
}

/** `routes[2].upstream`, `upstreams["my api"].targets[0]`. */
function pathText(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step.length > 60 ? `${step.slice(0, 60)}…` : step)}]`
  }
  return text
}
