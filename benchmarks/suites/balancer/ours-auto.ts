import type { BalancingDesign } from './balancing.ts'
import { designOf } from './ours.ts'

export const createBalancing: BalancingDesign['createBalancing'] = designOf('auto').createBalancing
