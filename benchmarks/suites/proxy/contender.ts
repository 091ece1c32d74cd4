import type { Role } from '../../runner/suite.ts'
import type { Command } from './started.ts'

/** What a contender is told when it starts. */
export interface Place {
  /** An empty folder of its own. */
  readonly folder: string
  /** Where it has to listen, on 127.0.0.1. */
  readonly port: number
  /** For what it listens on besides. */
  readonly secondPort: number
  /** Ports of the service: all of them for a contender that balances, the first for the others. */
  readonly upstreams: readonly [number, number]
  /** Files with the certificate and its key, PEM. */
  readonly certificate: string
  readonly key: string
}

/** One program in one configuration: a row of a table. */
export interface Contender {
  readonly name: string
  readonly role: Role
  /** It listens for https. */
  readonly tls: boolean
  /** Writes its configuration and says how to start it; a text says why it cannot be. */
  readonly prepare: (place: Place) => Command | string
}
