import type { Settings } from './settings.ts'

/**
 * How long the n-th opening since the last close lasts: `resetTimeout × factor^(n-1)`, at most `backoffMaxMs`, less a
 * random part of up to `backoffJitter` of it. Jitter only shortens, so that the cap is a promise; it keeps the
 * instances of a service from probing in step. `draw` is a random number from 0 (the longest wait) to below 1.
 */
export function openWaitMs(opens: number, settings: Settings, draw: number): number {
  const { resetTimeoutMs, backoffFactor, backoffMaxMs, backoffJitter } = settings
  if (resetTimeoutMs === 0) return 0
  const grown = backoffFactor === 1 ? resetTimeoutMs : resetTimeoutMs * backoffFactor ** (opens - 1)
  // After a thousand doublings the power is Infinity; without a cap the largest exact number of milliseconds stands in.
  const capped = Math.min(grown, backoffMaxMs, Number.MAX_SAFE_INTEGER)
  return capped * (1 - backoffJitter * draw)
}
