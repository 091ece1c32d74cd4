import { BlockList, isIP } from 'node:net'

/**
 * The set of peers whose forwarding fields are believed. Built once; a check is asked once per connection and once per
 * element of an X-Forwarded-For list.
 */
export class TrustedProxies {
  readonly #networks = new BlockList()
  readonly #empty: boolean
  // Connections often come from one balancer: its check, a call into native code, is done once.
  #lastAddress = ''
  #lastAnswer = false

  /** @throws RangeError if an element is neither an address, nor a CIDR, nor the word 'loopback' */
  constructor(networks: readonly string[]) {
    this.#empty = networks.length === 0
    for (const network of networks) this.#add(network)
  }

  /** True if `address` (IPv4, IPv6, IPv4 mapped into IPv6) lies in one of the networks. O(networks). */
  has(address: string): boolean {
    if (this.#empty) return false
    if (address === this.#lastAddress) return this.#lastAnswer
    this.#lastAddress = address
    this.#lastAnswer = this.#check(address)
    return this.#lastAnswer
  }

  #check(address: string): boolean {
    const plain = plainAddress(address)
    const family = isIP(plain)
    return family !== 0 && this.#networks.check(plain, family === 4 ? 'ipv4' : 'ipv6')
  }

  #add(network: string): void {
    if (network === 'loopback') {
      this.#networks.addSubnet('127.0.0.0', 8, 'ipv4')
      this.#networks.addAddress('::1', 'ipv6')
      return
    }
    const refused = (): RangeError =>
      new RangeError(`trustedProxies takes addresses, CIDRs such as 10.0.0.0/8 and 'loopback', got '${network}'`)
    if (typeof network !== 'string') throw refused()
    const slash = network.indexOf('/')
    const address = slash === -1 ? network : network.slice(0, slash)
    const family = isIP(address)
    if (family === 0) throw refused()
    const type = family === 4 ? 'ipv4' : 'ipv6'
    if (slash === -1) {
      this.#networks.addAddress(address, type)
      return
    }
    const digits = network.slice(slash + 1)
    const prefix = Number(digits)
    if (!/^\d{1,3}$/.test(digits) || prefix > (family === 4 ? 32 : 128)) throw refused()
    this.#networks.addSubnet(address, prefix, type)
  }
}

/** `::ffff:192.0.2.1`, as a dual-stack listener shows an IPv4 peer, becomes `192.0.2.1`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}
