// The vector format as types. `README.md` explains every field; `read-vectors.ts` checks a file against these lists.

export type State = 'closed' | 'open' | 'half_open' | 'isolated' | 'disabled' | 'metrics_only'
export type SettledAs = 'ok' | 'fail' | 'ignore' | 'throw'

export type WindowConfig =
  | { readonly type: 'time'; readonly ms: number; readonly bucketMs: number }
  | { readonly type: 'count'; readonly size: number }
  | { readonly type: 'consecutive' }

export interface HalfOpenConfig {
  readonly permits: number
  readonly decide: 'full' | 'early'
  readonly failuresToOpen?: number
  readonly failureRate?: number
  /** 0: off. */
  readonly maxWaitMs?: number
  readonly maxWaitTo?: 'open' | 'closed'
}

export interface Config {
  readonly window: WindowConfig
  readonly consecutiveFailures?: number
  readonly minimumCalls?: number
  readonly failureRate?: number
  readonly compare?: '>=' | '>'
  readonly slowMs?: number
  readonly slowRate?: number
  readonly openMs: number
  readonly backoff?: { readonly factor: number }
  readonly openBoundary?: 'inclusive' | 'exclusive'
  readonly maxConcurrent?: number
  readonly halfOpen: HalfOpenConfig
}

export type Expectation = Readonly<Partial<Record<ExpectKey, unknown>>>

export type Step =
  | { readonly op: 'acquire'; readonly call: string; readonly expect?: Expectation }
  | { readonly op: 'acquireMany'; readonly n: number; readonly expect?: Expectation }
  | {
      readonly op: 'settle'
      readonly call: string
      readonly outcome: SettledAs
      readonly ms?: number
      readonly expect?: Expectation
    }
  | { readonly op: 'release'; readonly call: string; readonly expect?: Expectation }
  | {
      readonly op: 'call'
      readonly n?: number
      readonly outcome: SettledAs
      readonly ms?: number
      readonly expect?: Expectation
    }
  | { readonly op: 'advance'; readonly ms: number; readonly expect?: Expectation }
  | { readonly op: 'wallClock'; readonly ms: number; readonly expect?: Expectation }
  | { readonly op: 'force'; readonly to: State; readonly forMs?: number; readonly expect?: Expectation }
  | { readonly op: 'reset'; readonly expect?: Expectation }
  | { readonly op: 'isolate'; readonly handle: string; readonly expect?: Expectation }
  | { readonly op: 'dispose'; readonly handle: string; readonly expect?: Expectation }
  | { readonly op: 'exportImport'; readonly downMs: number; readonly expect?: Expectation }

export type Op = Step['op']

export interface Vector {
  readonly id: string
  readonly title: string
  readonly source?: string
  readonly config: Config
  readonly steps: readonly Step[]
}

/** What an implementation shows of itself; a key it cannot show is absent. */
export interface Observation {
  readonly state?: State
  readonly total?: number
  readonly failed?: number
  readonly slow?: number
  readonly rejected?: number
  readonly openEvents?: number
  readonly thresholdEvents?: number
  readonly consecutive?: number
  readonly retryAfterMs?: number
}

export type ExpectKey = 'permit' | 'permitted' | keyof Observation

export const EXPECT_KEYS: readonly ExpectKey[] = [
  'permit',
  'permitted',
  'state',
  'total',
  'failed',
  'slow',
  'rejected',
  'openEvents',
  'thresholdEvents',
  'consecutive',
  'retryAfterMs',
]

export const STATES: readonly State[] = ['closed', 'open', 'half_open', 'isolated', 'disabled', 'metrics_only']
export const OUTCOMES: readonly SettledAs[] = ['ok', 'fail', 'ignore', 'throw']

/** Rates such as 2/3 are not exact in binary; every `>=` on a rate allows this much. */
export const RATE_TOLERANCE = 1e-9

/** Failures that an early decision tolerates. */
export function allowedFailures({ failuresToOpen, failureRate, permits }: HalfOpenConfig): number {
  if (failuresToOpen !== undefined) return failuresToOpen - 1
  return failureRate === undefined ? 0 : Math.floor(failureRate * permits + RATE_TOLERANCE)
}
