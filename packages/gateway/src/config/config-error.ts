// What is wrong with a configuration, as data. How it looks on a terminal is report.ts.

/** One problem of a configuration. */
export interface ConfigIssue {
  /** Where in the configuration: `routes[2].upstream`. Empty for the file as a whole. */
  readonly path: string
  /** What is wrong and what is allowed, one sentence or two. Never contains a value that came from `${…}`. */
  readonly message: string
  readonly file?: string
  /** 1-based; known for YAML and JSON. */
  readonly line?: number
  /** 1-based, in UTF-16 units. */
  readonly column?: number
  /** The name that was probably meant. */
  readonly suggestion?: string
  /** What to write instead. */
  readonly fix?: string
  /** The line of the file with a caret under the place; passwords in URLs are masked. */
  readonly excerpt?: string
}

/** Problems shown in `ConfigError.message`: as many as fit on one screen. `issues` has all. */
const SHOWN = 5

/** The configuration cannot be used; nothing was started. `message` is the full report, ready to print. */
export class ConfigError extends Error {
  readonly code = 'ERR_CONFIG'
  /** Every problem found, in the order of the file. Never empty. */
  readonly issues: readonly ConfigIssue[]

  constructor(issues: readonly ConfigIssue[], options?: ErrorOptions) {
    super(report(issues), options)
    this.name = 'ConfigError'
    this.issues = issues
  }
}

/**
 * The text of several issues, at most `shown` of them:
 *
 * ```text
 * breakwater.yaml:9:15  routes[0].upstream
 *   "ap" is not an upstream (there are: api, web). Did you mean "api"?
 *     9 |     upstream: ap
 *       |               ^^
 *   fix: write "api", or add "ap" under upstreams
 * ```
 */
export function report(issues: readonly ConfigIssue[], shown: number = SHOWN): string {
  const blocks = issues.slice(0, shown).map(reportIssue)
  const more = issues.length - blocks.length
  if (more > 0) blocks.push(`and ${more} more ${more === 1 ? 'problem' : 'problems'} (validate --json lists all)`)
  return blocks.join('\n\n')
}

function reportIssue(issue: ConfigIssue): string {
  const place = [issue.file, issue.line, issue.column].filter((part) => part !== undefined).join(':')
  const lines = [[place, issue.path].filter((part) => part !== '').join('  ') || 'configuration']
  const question = issue.suggestion === undefined ? '' : `. Did you mean "${issue.suggestion}"?`
  lines.push(...`${issue.message.replace(/\.$/, '')}${question}`.split('\n').map((line) => `  ${line}`))
  if (issue.excerpt !== undefined) lines.push(...issue.excerpt.split('\n').map((line) => `  ${line}`))
  if (issue.fix !== undefined) lines.push(`  fix: ${issue.fix}`)
  return lines.join('\n')
}
