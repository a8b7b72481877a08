/**
 * Top-ups: one at a time. One whose outcome is unknown is sent again as it was, until it can no longer be mined; a second
 * one beside it could lock more than the budget.
 */
import { liveDeposit } from '../../chain/channel-contract/face.ts'
import type { ChainClient } from '../../chain/client.ts'
import * as Transaction from '../../chain/transaction.ts'
import type { TopUp } from '../wire/payload.ts'
import type { Receipt } from '../wire/receipt.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { PayerChannel, Signer } from './channel.ts'
import type { ClientRules } from './rules.ts'
import { ServerError } from './wire.ts'

export interface Adding {
  terms: SessionRequest
  /** What is needed at least, when the payer cannot add all that is wanted. */
  least: bigint
  send(payload: TopUp): Promise<Receipt>
}

export interface TopUpsOptions {
  chain: ChainClient
  signer: Signer
  clock: () => number
  rules: Pick<ClientRules, 'deposit'>
}

export class TopUps {
  readonly #chain: ChainClient
  readonly #signer: Signer
  readonly #clock: () => number
  readonly #rules: Pick<ClientRules, 'deposit'>
  #pending: TopUp | undefined

  constructor({ chain, signer, clock, rules }: TopUpsOptions) {
    this.#chain = chain
    this.#signer = signer
    this.#clock = clock
    this.#rules = rules
  }

  /** Adds to a channel's deposit, then reads it from chain. Rejects with `ServerError` when it did not rise. */
  async add(
    channel: PayerChannel,
    wanted: bigint,
    adding: Adding,
  ): Promise<{ receipt: Receipt; added: bigint }> {
    const before = channel.deposit
    const payload = this.#stillPending(channel) ?? (await this.#sign(channel, wanted, adding))
    this.#pending = payload
    const receipt = await adding.send(payload)
    const held = async () => liveDeposit(await this.#signer.contractOf(channel).slot(channel.channelId))
    let deposit = await held()
    if (deposit <= before && receipt.txHash !== undefined) {
      // The node that is asked may be behind the one that mined it.
      await this.#chain.receipt(receipt.txHash)
      deposit = await held()
    }
    if (deposit <= before)
      throw new ServerError(
        'not-topped-up',
        'the top-up was answered, and the deposit on chain is what it was',
      )
    this.#pending = undefined
    channel.deposit = deposit
    return { receipt, added: deposit - before }
  }

  /** A top-up of this channel that may still be mined. */
  #stillPending({ channelId }: PayerChannel): TopUp | undefined {
    const pending = this.#pending
    if (pending === undefined || pending.channelId !== channelId) return undefined
    const { validBefore = 0 } = Transaction.decode(pending.transaction)
    return validBefore > this.#clock() / 1000 ? pending : undefined
  }

  async #sign(channel: PayerChannel, wanted: bigint, { terms, least }: Adding): Promise<TopUp> {
    const held = await this.#chain.balance(channel.descriptor.token, this.#signer.address)
    const sponsored = terms.methodDetails.feePayer === true
    return this.#signer.topUp(channel, this.#rules.deposit.withinFunds(wanted, least, held, sponsored), terms)
  }
}
