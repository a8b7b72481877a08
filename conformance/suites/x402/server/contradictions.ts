/** A facilitator that settles nothing, and says that it settled something else than it was asked. */
import { devAccounts } from '../../../../src/keys/accounts.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { networkOf } from '../../../../src/x402/wire/network.ts'
import type { Facilitator } from '../../../peers/x402/facilitator.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Replied } from './verbs.ts'

/** An account that has no part in it. */
const stranger = devAccounts[5]?.address ?? ''
const transaction = `0x${'ab'.repeat(32)}`

/** Payments for which a success is answered that cannot be theirs, by what is wrong with it. */
export function contradictions(
  payer: Payer,
  facilitator: Facilitator,
  version: Version,
): Record<string, () => Promise<Replied>> {
  const { chainId } = payer.subject
  const network = networkOf(version, chainId)
  const elsewhere = networkOf(version, chainId === 8_453 ? 84_532 : 8_453)
  const own = payer.account.address
  const told: Record<string, object> = {
    'no transaction': { transaction: '', network, payer: own },
    'another network': { transaction, network: elsewhere, payer: own },
    'another payer': { transaction, network, payer: stranger },
  }
  const acts = Object.entries(told).map(([what, said]) => {
    const act = async () => {
      const signed = await payer.sign(version)
      const { nonce } = signed.authorization
      facilitator.conduct('settle', nonce, { answer: () => Response.json({ success: true, ...said }) })
      payer.record({ payment: nonce, is: 'misled' })
      return payer.send(signed, { note: `nothing is settled, and the facilitator says that it is: ${what}` })
    }
    return [what, act]
  })
  return Object.fromEntries(acts)
}
