import { BYTES_FLAGS } from './measure-bytes.ts'
import type { Measure } from './suite.ts'

// Node 22.19 warns that type stripping is experimental; a child's stderr is shown only when it fails, and should tell why.
const COMMON_FLAGS: readonly string[] = ['--conditions=@breakwater/source', '--disable-warning=ExperimentalWarning']
const TIMING_FLAGS: readonly string[] = ['--expose-gc']

export function nodeFlags(measure: Measure | 'answer'): readonly string[] {
  return [...COMMON_FLAGS, ...(measure === 'bytes' ? BYTES_FLAGS : TIMING_FLAGS)]
}
