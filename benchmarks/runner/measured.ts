import type { Bytes } from './measure-bytes.ts'
import type { Cpu } from './measure-cpu.ts'
import type { Nanoseconds } from './measure-nanoseconds.ts'
import type { Retained } from './measure-retained.ts'

/** What one round of a contender gives. */
export type Measured = Nanoseconds | Bytes | Cpu | Retained
