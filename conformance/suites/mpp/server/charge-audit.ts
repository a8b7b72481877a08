/**
 * The money of one-off payments: what left a payer, by the chain's own log, against what it was given content for.
 * What a payer broadcast itself and was refused is its own loss, and no fault of the server's.
 */
import { loggedTransfers } from '../../../../src/chain/transfers.ts'
import type { Address, Hex } from '../../../../src/codec/hex.ts'
import { abi } from '../../../../src/contracts/token-abi.ts'
import * as TempoCharge from '../../../../src/mpp/wire/tempo-charge.ts'
import type { Payment } from '../../../peers/mpp/payer/charge.ts'
import type { Payer } from '../../../peers/mpp/payer/payer.ts'

/** What one payer paid without a channel. */
export interface Charged {
  /** In base units. */
  transferred: bigint
  problem: string | undefined
}

/** Reads it off the chain; undefined for a payer that signed no such payment. */
export async function chargedOf(payer: Payer): Promise<Charged | undefined> {
  const { payments, address } = payer
  if (payments.length === 0) return undefined
  const { chain } = payer.subject.options
  const { currency } = payer.subject.terms
  const recipients = new Set(payments.flatMap(recipientsOf))
  const from: Hex = `0x${address.slice(2).padStart(64, '0')}`
  const logs = await chain.logs(currency, [abi.topic('Transfer'), from])
  const transferred = total(loggedTransfers(currency, logs).filter(({ to }) => recipients.has(to)))
  const refused = payments.filter(
    ({ pushed, unanswered, accepted }) => (pushed || unanswered) && accepted === 0,
  )
  const lost = await Promise.all(
    refused.map(async ({ hash }) => {
      const receipt = await chain.findReceipt(hash)
      const made = receipt === undefined ? [] : loggedTransfers(currency, receipt.logs)
      return total(made.filter(({ from: sender, to }) => sender === address && recipients.has(to)))
    }),
  )
  const paid = transferred - lost.reduce((a, b) => a + b, 0n)
  const due = payments.reduce((sum, { price, accepted }) => sum + price * BigInt(accepted), 0n)
  return {
    transferred,
    problem: paid === due ? undefined : `${paid} was taken in charges for content that costs ${due}`,
  }
}

const recipientsOf = ({ challenge }: Payment): Address[] =>
  TempoCharge.transfersOf(TempoCharge.decode(challenge.request)).map(({ to }) => to)

const total = (transfers: readonly TempoCharge.Transfer[]): bigint =>
  transfers.reduce((sum, { amount }) => sum + amount, 0n)
