import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SuiteResult } from './result.ts'
import type { Summary } from './summary.ts'

/** Exported as `summarize` by the `summary.ts` beside a suite; called in the parent, once, after all measuring. */
export type Summarize = (result: SuiteResult) => Summary | Promise<Summary>

/** @param suiteUrl of the `suite.bench.ts`; undefined when no summary lies beside it */
export async function findSummary(suiteUrl: string): Promise<Summarize | undefined> {
  const url = new URL('summary.ts', suiteUrl)
  if (!existsSync(fileURLToPath(url))) return undefined
  const module: { readonly summarize?: Summarize } = await import(url.href)
  if (module.summarize === undefined) throw new TypeError(`${url.href} exports no "summarize"`)
  return module.summarize
}
