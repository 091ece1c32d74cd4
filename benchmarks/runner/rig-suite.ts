// A suite that cannot run in one process per contender: servers that are measured from outside, side by side. It brings a
// rig of its own; the runner gives it what the command line asked for, and prints and saves what it returns.
import type { SuiteResult } from './result.ts'
import type { AnySuite, Role } from './suite.ts'

export interface RigOptions {
  readonly rounds: number
  /** Short samples: shows that everything runs. */
  readonly quick: boolean
  /** Aborted by Ctrl-C: end every process and reject. */
  readonly signal: AbortSignal
  /** A line of progress. */
  readonly say: (text: string) => void
}

export interface RigSuite {
  /** The name of the suite's folder. */
  readonly name: string
  readonly title: string
  /** For `--list`. */
  readonly contenders: readonly { readonly name: string; readonly role: Role }[]
  readonly cases: readonly { readonly name: string; readonly title: string }[]
  readonly measure: (options: RigOptions) => Promise<{ readonly result: SuiteResult; readonly text: string }>
}

export function isRigSuite(suite: AnySuite | RigSuite): suite is RigSuite {
  return 'measure' in suite
}
