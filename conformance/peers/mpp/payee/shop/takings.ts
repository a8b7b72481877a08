/**
 * What a payee could take from a client, taken: every signed transaction it was given is broadcast, the best voucher of
 * each channel settled. What moved on chain is held against what was delivered.
 */
import { channelContract } from '../../../../../src/chain/channel-contract.ts'
import { transactionHash } from '../../../../../src/chain/faults.ts'
import { RpcError } from '../../../../../src/chain/rpc.ts'
import * as Transaction from '../../../../../src/chain/transaction.ts'
import { loggedTransfers } from '../../../../../src/chain/transfers.ts'
import type { Address, Hex } from '../../../../../src/codec/hex.ts'
import * as EscrowContract from '../../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../../../../src/contracts/token-abi.ts'
import { devAccounts } from '../../../../../src/keys/accounts.ts'
import { worth } from '../../books/channel.ts'
import { payee } from '../reference.ts'
import { depositIn, type KnownChannel } from './channels.ts'
import { quietly } from './sent.ts'
import type { Shop, ShopOptions } from './shop.ts'

/** Amounts are base units. */
export interface Takings {
  /** What left the payer for good, fees apart. */
  taken: bigint
  /** Price of what was delivered. */
  delivered: bigint
  /** What was taken and not delivered for. */
  loss: bigint
  /** All that signed transactions would deposit. */
  deposits: bigint
  /** The most that was deposited in one channel. */
  deposit: bigint
  /** The most that was signed for on one channel. */
  signed: bigint
  /** Channels that were opened or would be. */
  channels: number
}

/** Whose money is looked up. */
interface Counted {
  options: Pick<ShopOptions, 'environment' | 'payer' | 'ledger'>
}

/** Signed transactions that the client handed over. */
export const handedOver = ({ seen }: Pick<Shop, 'seen'>): Hex[] => [
  ...new Set(
    seen.flatMap(({ credential }) => {
      const payload = credential?.payload
      return payload !== undefined && 'transaction' in payload ? [payload.transaction] : []
    }),
  ),
]

/** Takes everything, and writes down what the chain says then. */
export async function take(shop: Shop): Promise<Takings> {
  const raws = handedOver(shop)
  for (const raw of raws) await broadcast(shop, raw)
  for (const channel of shop.channels.all) await settle(shop, channel)
  const { ledger } = shop.options
  let taken = await strayed(shop)
  let deposit = 0n
  for (const channel of shop.channels.all) {
    const stands = await lookUp(shop, channel)
    taken += stands.captured
    deposit = stands.deposit > deposit ? stands.deposit : deposit
  }
  await fees(shop, raws)
  const delivered = shop.channels.all.reduce((sum, { id }) => sum + worth(ledger.channel(id)), 0n)
  const signed = shop.channels.all.map(({ id }) => shop.channels.signed(id))
  return {
    taken,
    delivered,
    loss: taken > delivered ? taken - delivered : 0n,
    deposits: raws.reduce((sum, raw) => sum + (depositIn(raw)?.amount ?? 0n), 0n),
    deposit,
    signed: signed.reduce((most, one) => (one > most ? one : most), 0n),
    channels: shop.channels.all.length,
  }
}

/** Broadcasts what was not broadcast yet; sponsors it where that is asked for. */
async function broadcast({ options: { environment } }: Shop, raw: Hex): Promise<void> {
  const { chain } = environment
  const hash = transactionHash(raw)
  if (hash !== undefined && (await chain.findReceipt(hash)) !== undefined) return
  try {
    const whole = raw.startsWith('0x78') ? await Transaction.sponsor(raw, pathUsd, payee) : raw
    await chain.broadcast(whole)
  } catch (error) {
    // The chain will have none of it: nothing can be taken by it.
    if (!(error instanceof RpcError)) throw error
  }
}

async function settle({ channels, options: { environment } }: Shop, channel: KnownChannel): Promise<void> {
  const { id, descriptor, domain } = channel
  const contract = channelContract(environment.chain, domain)
  try {
    const { deposit, settled, finalized } = await contract.slot(id)
    const best = channels.best(id, deposit)
    const by = devAccounts.find(({ address }) => [descriptor.payee, descriptor.operator].includes(address))
    if (finalized || best === undefined || best.amount <= settled || by === undefined) return
    const { amount: cumulativeAmount, signature } = best
    const call = {
      type: 'settle',
      channel: { channelId: id, descriptor },
      cumulativeAmount,
      signature,
    } as const
    await contract.send(by, call, { feeToken: pathUsd })
  } catch (error) {
    // No such contract, or it does not take the voucher.
    if (!(error instanceof RpcError)) throw error
  }
}

/** Closes every channel on chain without a word to the client: the payee is paid what it delivered, the rest refunded. */
export async function closeAll({ channels, options: { environment, ledger } }: Shop): Promise<void> {
  for (const { id, descriptor, domain } of channels.all) {
    const contract = channelContract(environment.chain, domain)
    const { deposit } = await contract.slot(id)
    const best = channels.best(id, deposit)
    if (best === undefined) continue
    const { amount: cumulativeAmount, signature } = best
    const channel = { channelId: id, descriptor }
    const captureAmount = worth(ledger.channel(id))
    await contract.send(
      payee,
      { type: 'close', channel, cumulativeAmount, captureAmount, signature },
      {
        feeToken: pathUsd,
      },
    )
  }
}

/** What is locked in channels that are not over. */
export async function locked({ channels, options: { environment } }: Shop): Promise<bigint> {
  let sum = 0n
  for (const { id, domain } of channels.all) {
    const { deposit, settled, finalized } = await channelContract(environment.chain, domain).slot(id)
    if (finalized !== true) sum += deposit - settled
  }
  return sum
}

/** Whether a channel is over, or its payer has asked on chain for its close. */
export async function ending(
  { options: { environment } }: Pick<Shop, 'options'>,
  { id, domain }: KnownChannel,
): Promise<boolean> {
  const contract = channelContract(environment.chain, domain)
  const { deposit, closeRequestedAt, finalized } = await contract.slot(id)
  return deposit === 0n || finalized === true || closeRequestedAt !== 0
}

/** Where a channel stands on chain, written down. */
export async function lookUp({ options: { environment, ledger } }: Counted, { id, domain }: KnownChannel) {
  const contract = channelContract(environment.chain, domain)
  const none = { captured: 0n, deposit: 0n }
  try {
    const { deposit, settled, finalized } = await contract.slot(id)
    const over = deposit === 0n || finalized === true
    const [closed] = over ? await contract.closings(id) : []
    if (over && closed === undefined) return none
    if (ledger.channel(id).payer !== undefined && !ledger.channel(id).opened)
      ledger.record({ channel: id, is: 'opened' })
    if (closed === undefined) {
      ledger.record({ channel: id, is: 'deposited', deposit })
      ledger.record({ channel: id, is: 'on-chain', deposit, settled })
      return { captured: settled, deposit }
    }
    const { settledToPayee: captured, refundedToPayer: refunded } = closed
    ledger.record({ channel: id, is: 'deposited', deposit: captured + refunded })
    ledger.record({ channel: id, is: 'closed', captured, refunded })
    return { captured, deposit: captured + refunded }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    return none
  }
}

/** What the payer transferred to accounts other than the channel contracts. */
async function strayed({ options: { environment, payer } }: Shop): Promise<bigint> {
  const { chain, memory } = environment
  const from: Hex = `0x${payer.address.slice(2).padStart(64, '0')}`
  const logs = await chain.logs(pathUsd, [tokenAbi.topic('Transfer'), from])
  const contracts: readonly Address[] = [Reserve.address, ...(memory?.escrows ?? [EscrowContract.address])]
  return loggedTransfers(pathUsd, logs)
    .filter(({ to }) => !contracts.includes(to))
    .reduce((sum, transfer) => sum + transfer.amount, 0n)
}

/** The payer's balance, and what its own transactions cost it. */
export async function fees(
  { options: { environment, payer, ledger } }: Counted,
  raws: readonly Hex[],
): Promise<void> {
  const { chain, node } = environment
  const { address } = payer
  const known = new Set(ledger.payer(address).transactions)
  for (const raw of [...node.broadcasts.map((sent) => sent.raw), ...raws]) {
    const transaction = quietly(() => Transaction.decode(raw))
    if (transaction?.sender !== address || transaction.feePayer !== 'sender') continue
    if (!known.has(transaction.hash))
      ledger.record({ payer: address, is: 'signed', transaction: transaction.hash })
    known.add(transaction.hash)
  }
  for (const transaction of known)
    ledger.record({ payer: address, is: 'fee', transaction, amount: await chain.fee(transaction) })
  ledger.record({ payer: address, is: 'balance', amount: await chain.balance(pathUsd, address) })
}
