import type { Implementation } from '../implementation.ts'
import { cockatiel } from './cockatiel.ts'
import { legacy } from './legacy.ts'
import { opossum } from './opossum.ts'
import { oracle } from './oracle.ts'
import { oursPermit, oursPlatformClock, oursRun } from './ours.ts'
import { oursRegistry } from './ours-registry.ts'

/** The levels of a breaker's API; `ours` on the command line. */
export const ours: readonly Implementation[] = [oursPermit, oursPlatformClock, oursRun]

/** In the order of the scoreboard. */
export const implementations: readonly Implementation[] = [...ours, oursRegistry, oracle, opossum, cockatiel, legacy]
