/** Sends what an account holds of a token to another one, less what that costs. */
import { quantityOf } from '../../src/chain/answers.ts'
import { feeInToken } from '../../src/chain/client.ts'
import { RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'
import * as Transaction from '../../src/chain/transaction.ts'
import type { Hex } from '../../src/codec/hex.ts'
import * as Uint from '../../src/codec/uint.ts'
import { isTip20, pathUsd } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import type { Lending, Loan } from './loans.ts'

/** To close a channel and to withdraw from it costs no more than so many transfers. */
const transfersOfChannel = 10n

/**
 * Undefined when nothing is left but what another transfer would cost, or what closing its `channels` may; else a
 * sentence on what stays there and why.
 */
export async function empty(
  at: Pick<Lending, 'chain' | 'lender' | 'sponsor'>,
  { account, token }: Loan,
  channels: number,
): Promise<string | undefined> {
  const { chain } = at
  let holds: bigint | undefined
  const stays = (why: string) =>
    `${holds === undefined ? 'an unknown amount' : Uint.toDecimal(holds)} of ${token} stays at ${account.address}: ${why}`
  try {
    holds = await chain.balance(token, account.address)
    if (holds === 0n) return undefined
    const raw = await transferOf(at, holds, { account, token }, channels)
    if (raw === undefined) return undefined
    if (raw === 'unpaid')
      return stays('it pays no fees; --private-key names the account that lent it, which can')
    const { success, hash } = await chain.broadcast(raw)
    return success ? undefined : stays(`the transfer ${hash} failed`)
  } catch (error) {
    if (error instanceof RpcError || error instanceof RpcUnreachable) return stays(error.message)
    throw error
  }
}

/**
 * The transfer of all that an account holds, less its fee and what its channels may cost; undefined when nothing would
 * be left of it, `unpaid` when nobody could pay for it.
 */
async function transferOf(
  { chain, lender, sponsor }: Pick<Lending, 'chain' | 'lender' | 'sponsor'>,
  holds: bigint,
  { account, token }: Pick<Loan, 'account' | 'token'>,
  channels: number,
): Promise<Hex | 'unpaid' | undefined> {
  const transfer = (amount: bigint) => [
    { to: token, data: tokenAbi.encodeCall('transfer', { to: lender, amount }) },
  ]
  const calls = transfer(1n).map((call) => ({ ...call, value: '0x' }))
  const request = { from: account.address, type: '0x76', calls }
  const estimated = await chain.rpc.request({ method: 'eth_estimateGas', params: [request] })
  // What empties an account may cost a little more than the one unit that was asked about.
  const gas = (quantityOf(estimated, 'eth_estimateGas') * 5n) / 4n
  if (!isTip20(token)) {
    // It pays no fees, and its holder has nothing else.
    if (sponsor === undefined) return 'unpaid'
    const { raw } = await chain.sign(account, transfer(holds), { sponsored: true, gas })
    return Transaction.sponsor(raw, pathUsd, sponsor)
  }
  // Signed for twice the price of now (ChainClient.sign): the node asks that it could be paid.
  const fee = feeInToken(2n * gas * (await chain.gasPrice()))
  const kept = fee * (1n + transfersOfChannel * BigInt(channels))
  if (holds <= kept) return undefined
  return (await chain.sign(account, transfer(holds - kept), { feeToken: token, gas })).raw
}
