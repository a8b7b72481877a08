/** Idempotency-Keys as clients make them: a UUID, of each payer its own, so that no target knows the kit by its keys. */
import { keccakText } from '../../../../src/keys/keccak.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'

/** The key that a payer gives one request; `name` tells its requests apart. */
export function keyOf({ address }: Pick<Payer, 'address'>, name: string): string {
  const hex = keccakText(`key ${address} ${name}`).slice(2)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`]
  return [...parts, hex.slice(20, 32)].join('-')
}

/** Options of a request under such a key. */
export const under = (payer: Pick<Payer, 'address'>, name: string) => ({
  headers: [['idempotency-key', keyOf(payer, name)]] as const,
})
