/**
 * Money that the kit lends to its payers on a chain that is not its own, and how it comes back at the end: whatever a
 * payer still holds is transferred to the account that funded it. What stays behind is told.
 */

import { quantityOf } from '../../src/chain/answers.ts'
import { type ChainClient, feeInToken } from '../../src/chain/client.ts'
import { RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'
import * as Transaction from '../../src/chain/transaction.ts'
import type { Address, Hex } from '../../src/codec/hex.ts'
import * as Uint from '../../src/codec/uint.ts'
import { isTip20, pathUsd } from '../../src/contracts/token.ts'
import { abi as tokenAbi } from '../../src/contracts/token-abi.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'

/** Payers that are emptied at the same time. */
const atOnce = 8

interface Loan {
  account: KeyAccount
  token: Address
}

export class Loans {
  readonly #chain: ChainClient
  readonly #lender: KeyAccount
  readonly #loans = new Map<string, Loan>()
  readonly #giving = new Set<Promise<void>>()
  #back: Promise<string[]> | undefined

  constructor(chain: ChainClient, lender: KeyAccount) {
    this.#chain = chain
    this.#lender = lender
  }

  /** Gives money to an account, and remembers that. Once all is given back it never resolves: the run is over. */
  lend(account: KeyAccount, token: Address, give: () => Promise<void>): Promise<void> {
    if (this.#back !== undefined) return new Promise(() => undefined)
    this.#loans.set(`${account.address} ${token}`, { account, token })
    const giving: Promise<void> = give().finally(() => this.#giving.delete(giving))
    this.#giving.add(giving)
    return giving
  }

  /** Sends everything back, less the fees, once. Answers what stays behind, a sentence for each account. */
  giveBack(): Promise<string[]> {
    this.#back ??= this.#giveBack()
    return this.#back
  }

  async #giveBack(): Promise<string[]> {
    await Promise.allSettled(this.#giving)
    const queue = [...this.#loans.values()]
    const left: string[] = []
    const worker = async () => {
      for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
        const said = await this.#empty(entry)
        if (said !== undefined) left.push(said)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return left
  }

  /** Undefined when nothing is left but what another transfer would cost. */
  async #empty({ account, token }: Loan): Promise<string | undefined> {
    const chain = this.#chain
    let holds: bigint | undefined
    const stays = (why: string) =>
      `${holds === undefined ? 'an unknown amount' : Uint.toDecimal(holds)} of ${token} stays at ${account.address}: ${why}`
    try {
      holds = await chain.balance(token, account.address)
      if (holds === 0n) return undefined
      const raw = await this.#allOf(holds, account, token)
      if (raw === undefined) return undefined
      const { success, hash } = await chain.broadcast(raw)
      return success ? undefined : stays(`the transfer ${hash} failed`)
    } catch (error) {
      if (error instanceof RpcError || error instanceof RpcUnreachable) return stays(error.message)
      throw error
    }
  }

  /** The transfer of all that an account holds; undefined when that would cost more. */
  async #allOf(holds: bigint, account: KeyAccount, token: Address): Promise<Hex | undefined> {
    const chain = this.#chain
    const transfer = (amount: bigint) => [
      { to: token, data: tokenAbi.encodeCall('transfer', { to: this.#lender.address, amount }) },
    ]
    const gas = await this.#gas(account, transfer(1n))
    if (!isTip20(token)) {
      // It pays no fees, and its holder has nothing else: the lender pays them.
      const { raw } = await chain.sign(account, transfer(holds), { sponsored: true, gas })
      return Transaction.sponsor(raw, pathUsd, this.#lender)
    }
    // Signed for twice the price of now (ChainClient.sign): the node asks that it could be paid.
    const fee = feeInToken(2n * gas * (await chain.gasPrice()))
    if (holds <= fee) return undefined
    return (await chain.sign(account, transfer(holds - fee), { feeToken: token, gas })).raw
  }

  async #gas({ address }: KeyAccount, calls: readonly { to: Address; data: Hex }[]): Promise<bigint> {
    const made = calls.map((call) => ({ ...call, value: '0x' }))
    const request = { from: address, type: '0x76', calls: made }
    const estimated = await this.#chain.rpc.request({ method: 'eth_estimateGas', params: [request] })
    // What empties an account may cost a little more than the one unit that was asked about.
    return (quantityOf(estimated, 'eth_estimateGas') * 5n) / 4n
  }
}
