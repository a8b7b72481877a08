/**
 * What became of a payer's money, read off the chain and written down as facts: its channels, its balance, its fees, and
 * what its one-off payments moved. The chain's own log is asked, not the transactions that a server names.
 */
import { loggedTransfers } from '../../../../src/chain/transfers.ts'
import type { Address, Hex } from '../../../../src/codec/hex.ts'
import { abi } from '../../../../src/contracts/token-abi.ts'
import type * as TempoCharge from '../../../../src/mpp/wire/tempo-charge.ts'
import { isLost, type PaymentBook } from '../books/payer.ts'
import type { ChannelUnderTest } from './channel.ts'
import type { Payer } from './payer.ts'

/** Looks everything up. What was looked up before is replaced. */
export async function lookUp(payer: Payer): Promise<void> {
  const { subject, address } = payer
  const { chain } = subject.options
  await payer.followed()
  await Promise.all(payer.channels.map(channelOnChain))
  await charges(payer)
  const amount = await chain.balance(subject.terms.currency, address)
  subject.ledger.record({ is: 'balance', payer: address, amount })
  await Promise.all(
    subject.ledger.payer(address).transactions.map(async (transaction) => {
      const fee = await chain.fee(transaction)
      subject.ledger.record({ is: 'fee', payer: address, transaction, amount: fee })
    }),
  )
}

async function channelOnChain(channel: ChannelUnderTest): Promise<void> {
  const { deposit, settled } = await channel.slot()
  channel.record({ is: 'on-chain', deposit, settled })
  const [event] = deposit === 0n ? await channel.backing.closings(channel.id) : []
  if (event === undefined) return
  const { settledToPayee: captured, refundedToPayer: refunded } = event
  channel.record({ is: 'closed', captured, refunded })
}

/** What left the payer to those its payments name, and what those moved of it that nothing was given for. */
async function charges({ subject, address }: Payer): Promise<void> {
  const { ledger, options, terms } = subject
  const payments = ledger.paymentsOf(address)
  if (payments.length === 0) return
  const recipients = new Set(payments.flatMap(({ to }) => to))
  const from: Hex = `0x${address.slice(2).padStart(64, '0')}`
  const logs = await options.chain.logs(terms.currency, [abi.topic('Transfer'), from])
  const moved = (transfers: readonly TempoCharge.Transfer[]) => total(transfers, recipients)
  const amount = moved(loggedTransfers(terms.currency, logs))
  ledger.record({ is: 'transferred', payer: address, amount })
  const look = async ({ hash }: PaymentBook) => {
    const receipt = await options.chain.findReceipt(hash)
    const made = receipt === undefined ? [] : loggedTransfers(terms.currency, receipt.logs)
    const own = made.filter((transfer) => transfer.from === address)
    ledger.record({ is: 'charge-moved', payment: hash, amount: moved(own) })
  }
  await Promise.all(payments.filter(isLost).map(look))
}

const total = (transfers: readonly TempoCharge.Transfer[], recipients: ReadonlySet<Address>): bigint =>
  transfers.filter(({ to }) => recipients.has(to)).reduce((sum, { amount }) => sum + amount, 0n)
