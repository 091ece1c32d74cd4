// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax this file is about
// `${VAR}`, `${VAR:-default}`, `${VAR:?message}` and `${file:path}` in the text values of YAML and JSON files.
// `$${` stands for a literal `${`. What was put in never appears in a message.

export interface InterpolationContext {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Content of a file named relative to the configuration. Throws what `fs.readFileSync` throws. */
  readFile(path: string): string
}

export interface InterpolationProblem {
  readonly message: string
  readonly fix: string
  /** Offset of the reference in the text, and its length. */
  readonly offset: number
  readonly length: number
}

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])([\s\S]*))?$/

/** Replaces every reference in `text`. With problems the returned text is of no use. O(length). */
export function interpolate(
  text: string,
  context: InterpolationContext,
): { readonly text: string; readonly problems: readonly InterpolationProblem[] } {
  const problems: InterpolationProblem[] = []
  let result = ''
  let at = 0
  for (;;) {
    const start = text.indexOf('${', at)
    if (start === -1) return { text: result + text.slice(at), problems }
    if (text[start - 1] === '$' && start - 1 >= at) {
      result += `${text.slice(at, start - 1)}\${`
      at = start + 2
      continue
    }
    result += text.slice(at, start)
    const end = text.indexOf('}', start)
    const problem = (message: string, fix: string): void => {
      problems.push({ message, fix, offset: start, length: (end === -1 ? text.length : end + 1) - start })
    }
    if (end === -1) {
      problem('"${" without "}"', 'close it, or write "$${" for a literal "${"')
      return { text: result, problems }
    }
    result += resolve(text.slice(start + 2, end), context, problem)
    at = end + 1
  }
}

function resolve(
  reference: string,
  context: InterpolationContext,
  problem: (message: string, fix: string) => void,
): string {
  if (reference.startsWith('file:')) {
    const path = reference.slice('file:'.length).trim()
    try {
      // Secrets are mounted or echoed with one line end that is not part of them.
      return context.readFile(path).replace(/\r?\n$/, '')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
      problem(
        `the file ${JSON.stringify(path)} cannot be read (${code})`,
        'paths are relative to the configuration file',
      )
      return ''
    }
  }
  const match = VARIABLE.exec(reference)
  if (match === null) {
    problem(
      `"\${${reference}}" is not a reference`,
      'write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:path}; "$${" is a literal "${"',
    )
    return ''
  }
  const [, name = '', operator, argument = ''] = match
  const value = Object.hasOwn(context.env, name) ? context.env[name] : undefined
  // As in a shell, `:-` and `:?` count an empty variable as missing, a plain reference does not.
  if (value !== undefined && (value !== '' || operator === undefined)) return value
  if (operator === '-') return argument
  const reason = operator === '?' && argument !== '' ? `: ${argument}` : ''
  problem(`the environment variable ${name} is not set${reason}`, `set ${name}, or give a default: \${${name}:-value}`)
  return ''
}
