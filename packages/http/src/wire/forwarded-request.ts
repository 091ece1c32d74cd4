import type { ForwardOptions } from '../handler.ts'
import { forwardedForValue, forwardedValue } from './forwarding-fields.ts'
import { checkRemovedFields, checkSetField, isEnginesField } from './policy-fields.ts'
import type { RequestHead } from './request-head.ts'

/** Where a request came from, as its forwarding fields will say. */
export interface RequestOrigin {
  readonly remoteAddress: string
  /** The peer is one of `trustedProxies`. */
  readonly trusted: boolean
  readonly scheme: string
}

/**
 * Fields of the request as it goes upstream, `[name, value, …]`. Order of the work: hop-by-hop fields and those that
 * Connection names are removed, then the forwarding fields are written, then policy removes and sets. What an untrusted
 * peer says about forwarding is replaced, never merged. O(fields).
 *
 * @throws TypeError if `options.set` has an invalid name or value, or a name that frames the message
 */
export function forwardedRequestFields(
  raw: readonly string[],
  head: RequestHead,
  origin: RequestOrigin,
  options: ForwardOptions,
): string[] {
  const { trusted } = origin
  const set = options.set
  const setNames = set === undefined ? [] : Object.keys(set)
  for (const name of setNames) checkSetField(name, set?.[name] ?? '')
  if (options.remove !== undefined) checkRemovedFields(options.remove, set)
  const isDropped = (name: string): boolean =>
    isEnginesField(name) ||
    (!head.keepsUnderscores && name.includes('_')) ||
    head.connectionNames?.has(name) === true ||
    options.remove?.includes(name) === true ||
    setNames.includes(name)
  const fields: string[] = []
  let hasProto = false
  let hasHost = false
  let forwardedFor = ''
  let forwarded = ''
  for (let i = 0; i < raw.length; i += 2) {
    const received = raw[i] ?? ''
    const name = received.toLowerCase()
    const value = raw[i + 1] ?? ''
    if (isDropped(name)) continue
    switch (name) {
      case 'x-forwarded-for':
        if (trusted) forwardedFor = forwardedFor === '' ? value : `${forwardedFor}, ${value}`
        continue
      case 'x-forwarded-proto':
        if (!trusted) continue
        hasProto = true
        break
      case 'x-forwarded-host':
        if (!trusted) continue
        hasHost = true
        break
      case 'forwarded':
        if (trusted) forwarded = forwarded === '' ? value : `${forwarded}, ${value}`
        continue
      case 'x-forwarded-port':
      case 'x-real-ip':
        if (!trusted) continue
        break
    }
    fields.push(received, value)
  }
  const peer = origin.remoteAddress
  const isPolicys = (name: string): boolean => options.remove?.includes(name) === true || setNames.includes(name)
  if (!isPolicys('x-forwarded-for')) {
    fields.push('x-forwarded-for', forwardedForValue(forwardedFor, peer))
  }
  // Where a chain of proxies speaks RFC 7239, both fields must end with the same peer.
  if (forwarded !== '') fields.push('forwarded', forwardedValue(forwarded, peer))
  if (!hasProto && !isPolicys('x-forwarded-proto')) fields.push('x-forwarded-proto', origin.scheme)
  if (!hasHost && head.host !== '' && !isPolicys('x-forwarded-host')) fields.push('x-forwarded-host', head.host)
  for (const name of setNames) fields.push(name, set?.[name] ?? '')
  return fields
}
