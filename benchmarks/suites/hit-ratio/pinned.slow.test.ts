import { LARGE_PINNED } from './pinned.ts'
import { describePinned } from './pinned-check.ts'

describePinned('published hit ratios, large traces', LARGE_PINNED)
