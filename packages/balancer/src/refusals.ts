import { COOLING, EJECTED, FULL, type Member } from './endpoint.ts'

/** Why an endpoint takes no new work now. */
export type Refusal = 'draining' | 'weight 0' | 'ejected' | 'cooling' | 'full' | 'unavailable'

/** Every reason that applies; `available` as the option `isAvailable` says. */
export function refusalsOf(member: Member<unknown>, available: boolean): Refusal[] {
  const refusals: Refusal[] = []
  if (member.draining) refusals.push('draining')
  if (member.weight === 0) refusals.push('weight 0')
  if ((member.blocks & EJECTED) !== 0) refusals.push('ejected')
  if ((member.blocks & COOLING) !== 0) refusals.push('cooling')
  if ((member.blocks & FULL) !== 0) refusals.push('full')
  if (!available) refusals.push('unavailable')
  return refusals
}
