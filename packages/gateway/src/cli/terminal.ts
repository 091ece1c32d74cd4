// Where a command prints. Results go to stdout, everything about them to stderr.
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The user's folder: paths are relative to it. */
  readonly cwd: string
  readonly isInteractive: boolean
  out(text: string): void
  err(text: string): void
  /** Colour for one of the two streams; plain text under NO_COLOR and when it is no terminal, unless FORCE_COLOR is set. */
  style(style: Style, text: string, stream?: 'out' | 'err'): string
}

/** The terminal of this process. Called once: it also sees to it that a reader who leaves does no harm. */
export function processTerminal(): Terminal {
  guardOutput()
  return {
    env: process.env,
    cwd: process.cwd(),
    isInteractive: process.stdout.isTTY === true,
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    style: (style, text, stream = 'out') =>
      styleText(style, text, { stream: stream === 'out' ? process.stdout : process.stderr, validateStream: true }),
  }
}

/**
 * A reader that is gone must not end the process with a stack: `breakwater validate | head -1` (EPIPE), a closed
 * terminal window (EIO). `onLost` is called when the terminal itself is gone.
 */
export function guardOutput(onLost: () => void = () => {}): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (isLostTerminal(error)) onLost()
      else if (error.code !== 'EPIPE') throw error
    })
  }
}

/** Writing to a terminal that was closed. */
export function isLostTerminal(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'EIO'
}
