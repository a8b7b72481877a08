/** A payer's channel: what it must remember to pay, close, and get its money back without the server. */
import type { ChainClient } from '../chain/client.ts'
import * as Reserve from '../channel/reserve.ts'
import { encodeCall } from '../channel/reserve-abi.ts'
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import * as HexCodec from '../codec/hex.ts'
import * as ChannelId from '../mpp/channel-id.ts'
import type { Descriptor } from '../mpp/descriptor.ts'
import type { Close, Open, TopUp, VoucherPayload } from '../mpp/payload.ts'
import type { SessionRequest } from '../mpp/session-request.ts'
import * as Voucher from '../mpp/voucher.ts'
import type { Spending } from './policy.ts'

export interface PayerChannel extends Spending {
  channelId: Bytes32
  /** Needed for every call; the chain does not keep it (SESS-CLI-003). */
  descriptor: Descriptor
  domain: Voucher.Domain
  deposit: bigint
}

/** Signs for one payer. */
export class Signer {
  readonly #account: Voucher.Account
  readonly #chain: ChainClient
  readonly address: Address

  constructor(account: Voucher.Account, chain: ChainClient) {
    this.#account = account
    this.#chain = chain
    this.address = HexCodec.address(account.address)
  }

  /** Signs an open transaction and its initial voucher. Nothing is sent. */
  async open(
    terms: SessionRequest,
    figures: { deposit: bigint; cumulativeAmount: bigint; salt: Bytes32 },
  ): Promise<{ channel: PayerChannel; payload: Open }> {
    const { deposit, cumulativeAmount, salt } = figures
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
    const channel = { channelId, descriptor, domain, deposit, authorized: 0n, delivered: 0n }
    const voucher = await this.voucher(channel, cumulativeAmount)
    return { channel, payload: { ...voucher, action: 'open', type: 'transaction', transaction: raw } }
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

  /** Signs a voucher and remembers how far it authorizes. */
  async voucher(channel: PayerChannel, cumulativeAmount: bigint): Promise<VoucherPayload> {
    const { channelId, descriptor, domain } = channel
    const signature = await Voucher.sign({ channelId, cumulativeAmount }, domain, this.#account)
    if (cumulativeAmount > channel.authorized) channel.authorized = cumulativeAmount
    return { action: 'voucher', channelId, descriptor, cumulativeAmount, signature }
  }

  /** Signs the voucher of a close: no more than was authorized already. */
  async close(channel: PayerChannel): Promise<Close> {
    return { ...(await this.voucher(channel, channel.authorized)), action: 'close' }
  }

  async #sign(call: Reserve.Call, terms: SessionRequest): Promise<{ raw: Hex; expiringNonceHash: Bytes32 }> {
    const options = terms.methodDetails.feePayer === true ? { sponsored: true } : { feeToken: terms.currency }
    return this.#chain.sign(this.#account, [{ to: Reserve.address, data: encodeCall(call) }], options)
  }
}
