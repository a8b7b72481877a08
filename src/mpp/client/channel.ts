/** A payer's channel: what it must remember to pay, close, and get its money back without the server. */

import type { ChainClient } from '../../chain/client.ts'
import * as Transaction from '../../chain/transaction.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import * as HexCodec from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import * as CloseAuthorization from '../../contracts/close-authorization.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { encodeCall } from '../../contracts/reserve-abi.ts'
import * as Voucher from '../../contracts/voucher.ts'
import type { Account } from '../../keys/account.ts'
import type { Close, Open, TopUp, VoucherPayload } from '../wire/payload.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { Entry } from './journal.ts'
import type { Spending } from './tab.ts'

export interface PayerChannel extends Spending {
  channelId: Bytes32
  /** Needed for every call; the chain does not keep it (SESS-CLI-003). */
  descriptor: Descriptor
  domain: Voucher.Domain
  /** On chain, as far as is known. */
  deposit: bigint
  /** Where it was opened. */
  url: string
  /** The terms it was opened under. */
  terms: SessionRequest
  /** `opening` until the payee confirmed it. */
  phase: 'opening' | 'open' | 'closing'
  /** The open credential until it is confirmed: sent again rather than replaced. */
  unconfirmed: Open | undefined
  /** Milliseconds since the epoch. */
  openedAt: number
}

/** What a journal keeps of a channel. What is in doubt is what was signed and not delivered. */
export function entryOf(channel: PayerChannel): Entry {
  const { channelId, descriptor, url, phase, deposit, authorized, delivered, terms, openedAt } = channel
  const { escrow, chainId } = channel.domain
  const kept = { channelId, descriptor, escrow, chainId, url, phase, deposit, authorized, delivered, terms }
  const open = channel.unconfirmed
  return { ...kept, openedAt, ...(open === undefined ? {} : { open }) }
}

/** A channel from what a journal kept. Nobody knows what became of what was signed last. */
export function channelFrom({ escrow, chainId, open, ...kept }: Entry): PayerChannel {
  const domain = { protocol: 'v2', escrow, chainId } as const
  return { ...kept, domain, doubtful: kept.authorized - kept.delivered, unconfirmed: open }
}

/** Seconds since the epoch after which an open can no longer be mined. */
export const openUntil = ({ transaction }: Open): number => Transaction.decode(transaction).validBefore ?? 0

/** Signs for one payer. */
export class Signer {
  readonly #account: Account
  readonly #chain: ChainClient
  readonly address: Address

  constructor(account: Account, chain: ChainClient) {
    this.#account = account
    this.#chain = chain
    this.address = HexCodec.address(account.address)
  }

  /** Signs an open transaction and its initial voucher. Nothing is sent. */
  async open(
    terms: SessionRequest,
    figures: { deposit: bigint; cumulativeAmount: bigint; salt: Bytes32; url: string; openedAt: number },
  ): Promise<PayerChannel> {
    const { deposit, cumulativeAmount, salt, url, openedAt } = figures
    const chainId = await this.#chain.chainId()
    const parts = {
      payee: terms.recipient,
      operator: terms.methodDetails.operator ?? HexCodec.zeroAddress,
      token: terms.currency,
      salt,
      authorizedSigner: HexCodec.zeroAddress,
    }
    const { raw, expiringNonceHash } = await this.#sign({ type: 'open', deposit, ...parts }, terms)
    const descriptor: Descriptor = { ...parts, payer: this.address, expiringNonceHash }
    const domain = { protocol: 'v2', escrow: Reserve.address, chainId } as const
    const channelId = ChannelId.v2(descriptor, domain)
    const voucher = await this.voucher({ channelId, descriptor, domain }, cumulativeAmount)
    return {
      channelId,
      descriptor,
      domain,
      deposit,
      url,
      terms,
      phase: 'opening',
      unconfirmed: { ...voucher, action: 'open', type: 'transaction', transaction: raw },
      openedAt,
      authorized: cumulativeAmount,
      delivered: 0n,
      doubtful: 0n,
    }
  }

  /** Signs a top-up transaction. Nothing is sent. */
  async topUp(channel: PayerChannel, additionalDeposit: bigint, terms: SessionRequest): Promise<TopUp> {
    const { channelId, descriptor } = channel
    const { raw } = await this.#sign({ type: 'topUp', descriptor, additionalDeposit }, terms)
    return {
      action: 'topUp',
      type: 'transaction',
      channelId,
      descriptor,
      transaction: raw,
      additionalDeposit,
    }
  }

  /** Signs a voucher. */
  async voucher(
    { channelId, descriptor, domain }: Pick<PayerChannel, 'channelId' | 'descriptor' | 'domain'>,
    cumulativeAmount: bigint,
  ): Promise<VoucherPayload> {
    const signature = await Voucher.sign({ channelId, cumulativeAmount }, domain, this.#account)
    return { action: 'voucher', channelId, descriptor, cumulativeAmount, signature }
  }

  /** Signs the voucher of a close, no more than was authorized already, and the consent that it closes. */
  async close(channel: PayerChannel): Promise<Close> {
    const voucher = await this.voucher(channel, channel.authorized)
    const closeSignature = await CloseAuthorization.sign(voucher, channel.domain, this.#account)
    return { ...voucher, action: 'close', closeSignature }
  }

  async #sign(call: Reserve.Call, terms: SessionRequest): Promise<{ raw: Hex; expiringNonceHash: Bytes32 }> {
    const options = terms.methodDetails.feePayer === true ? { sponsored: true } : { feeToken: terms.currency }
    return this.#chain.sign(this.#account, [{ to: Reserve.address, data: encodeCall(call) }], options)
  }
}
