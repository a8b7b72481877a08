/** Payments of somebody who read an authorization on the chain, where it is public, and cannot sign it. */
import * as Hex from '../../../../src/codec/hex.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import type { Payer, Sending } from '../../../peers/x402/payer/payer.ts'
import type { Change, Signed } from '../../../peers/x402/payer/sign.ts'
import type { Replied } from './verbs.ts'

const stranger = devAccounts[5] as KeyAccount

/** The same signature with one bit of r turned over: it is nobody's, or of an account without money. */
const altered = (signature: Hex.Hex): Hex.Hex => {
  const bytes = Hex.decode(signature)
  bytes[8] = (bytes[8] ?? 0) ^ 1
  return Hex.encode(bytes)
}

/** What is sent in place of a payment, by how it is signed. */
export function forgeries(
  payer: Payer,
  { payment: { version }, authorization }: Signed,
  sending: Sending,
): Record<string, () => Promise<Replied>> {
  const ways: Record<string, Change> = {
    'signed with another key': { by: stranger },
    'with its signature altered': { signature: altered },
  }
  const acts = Object.entries(ways).map(([way, change]) => {
    const act = async () => {
      const forged = await payer.sign(version, { ...change, authorization })
      return payer.send(forged, { ...sending, note: `a payment that was settled, ${way}` })
    }
    return [way, act]
  })
  return Object.fromEntries(acts)
}
