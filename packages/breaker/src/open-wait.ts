import type { Settings } from './settings.ts'

/** A thousand years. After as many doublings the power is Infinity; no sum of times may become inexact. */
const longestMs = 2 ** 45

/**
 * How long the n-th opening since the last close lasts: `resetTimeout × factor^(n-1)`, at most `backoffMaxMs`, less a
 * random part of up to `backoffJitter` of it. Jitter only shortens, so that the cap is a promise; it keeps the
 * instances of a service from probing in step. `draw` is a random number from 0 (the longest wait) to below 1.
 */
export function openWaitMs(opens: number, settings: Settings, draw: number): number {
  const { resetTimeoutMs, backoffFactor, backoffMaxMs, backoffJitter } = settings
  if (resetTimeoutMs === 0) return 0
  const grown = backoffFactor === 1 ? resetTimeoutMs : resetTimeoutMs * backoffFactor ** (opens - 1)
  const capped = Math.min(grown, backoffMaxMs, longestMs)
  return capped * (1 - backoffJitter * draw)
}
