/** What a route demands of a request beyond method and path. It looks at the request that is being matched. */
export interface Guard {
  /** Demands in all: the more, the earlier the route is asked among those of one method and pattern. */
  readonly weight: number
  /** Equal for guards that accept the same requests as far as can be seen. */
  readonly key: string
  accepts(): boolean
}
