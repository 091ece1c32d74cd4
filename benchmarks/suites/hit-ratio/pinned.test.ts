import { SMALL_PINNED } from './pinned.ts'
import { describePinned } from './pinned-check.ts'

describePinned('published hit ratios, small traces', SMALL_PINNED)
