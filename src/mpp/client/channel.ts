/** A payer's channel: what it must remember to pay, close, and get its money back without the server. */

import { type ChannelContract, channelContract, protocolAt } from '../../chain/channel-contract.ts'
import type { ChainClient, SendOptions } from '../../chain/client.ts'
import * as Transaction from '../../chain/transaction.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as HexCodec from '../../codec/hex.ts'
import * as CloseAuthorization from '../../contracts/close-authorization.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import * as Voucher from '../../contracts/voucher.ts'
import { voucherSigner } from '../../contracts/voucher-signer.ts'
import type { Account } from '../../keys/account.ts'
import type { Close, Open, TopUp, VoucherPayload } from '../wire/payload.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { Entry } from './journal.ts'
import { PolicyError } from './policy.ts'
import type { ClientRules } from './rules.ts'
import { protocolOf } from './session-protocol.ts'
import type { Spending } from './tab.ts'

/** A channel as its payer remembers it; amounts in base units. */
export interface PayerChannel extends Spending {
  channelId: Bytes32
  /** Needed for every call; the chain does not keep it (SESS-CLI-003). */
  descriptor: Descriptor
  domain: Voucher.Domain
  /** The deposit on chain as last read, in base units. */
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

/** A channel from its journal entry. Whether the payee spent the last signed amounts is not known. */
export function channelFrom({ escrow, chainId, open, ...kept }: Entry): PayerChannel {
  const domain = { protocol: protocolAt(escrow), escrow, chainId }
  return { ...kept, domain, doubtful: kept.authorized - kept.delivered, unconfirmed: open }
}

/** Seconds since the epoch after which an open can no longer be mined. */
export const openUntil = ({ transaction }: Open): number => Transaction.decode(transaction).validBefore ?? 0

/** What payloads call a channel: v1 payloads have its id alone. */
const nameOf = ({
  channelId,
  descriptor,
  domain,
}: Pick<PayerChannel, 'channelId' | 'descriptor' | 'domain'>) =>
  domain.protocol === 'v1' ? { channelId } : { channelId, descriptor }

export interface SignerOptions {
  /** Whose deposit it is; sends the transactions. */
  account: Account
  /** Signs the vouchers in its place (SESS-SIG-009); default the account itself. */
  delegate?: Account | undefined
  chain: ChainClient
  rules: Pick<ClientRules, 'sign'>
}

/** Signs for one payer: transactions by its account, vouchers by its delegate if it has one. */
export class Signer {
  readonly #account: Account
  readonly #voucherAccount: Account
  readonly #chain: ChainClient
  readonly #rules: Pick<ClientRules, 'sign'>
  readonly address: Address
  /** Of the channels it opens: zero when the payer signs its own vouchers. */
  readonly authorizedSigner: Address

  constructor({ account, delegate = account, chain, rules }: SignerOptions) {
    this.#account = account
    this.#voucherAccount = delegate
    this.#chain = chain
    this.#rules = rules
    this.address = HexCodec.address(account.address)
    const signer = HexCodec.address(delegate.address)
    this.authorizedSigner = signer === this.address ? HexCodec.zeroAddress : signer
  }

  /** The contract a channel lives in. */
  contractOf({ domain }: Pick<PayerChannel, 'domain'>): ChannelContract {
    return channelContract(this.#chain, domain)
  }

  /** Throws `PolicyError` `foreign-channel` for a channel that is another payer's, or whose vouchers another key signs. */
  checkOwn({ channelId, descriptor }: Pick<PayerChannel, 'channelId' | 'descriptor'>): void {
    if (descriptor.payer !== this.address)
      throw new PolicyError('foreign-channel', `the channel ${channelId} is paid by ${descriptor.payer}`)
    if (descriptor.authorizedSigner !== this.authorizedSigner)
      throw new PolicyError(
        'foreign-channel',
        `the vouchers of ${channelId} are signed by ${voucherSigner(descriptor)}, not by this session's signer`,
      )
  }

  /** Signs an open transaction and its initial voucher. Nothing is sent. */
  async open(
    terms: SessionRequest,
    figures: { deposit: bigint; cumulativeAmount: bigint; salt: Bytes32; url: string; openedAt: number },
  ): Promise<PayerChannel> {
    const { deposit, cumulativeAmount, salt, url, openedAt } = figures
    const { authorizedSigner } = this
    const chainId = await this.#chain.chainId()
    const { operator = HexCodec.zeroAddress, escrowContract } = terms.methodDetails
    const contract = channelContract(this.#chain, { protocol: protocolOf(terms), escrow: escrowContract })
    const parts = { payee: terms.recipient, operator, token: terms.currency, salt, authorizedSigner }
    const call = { type: 'open', deposit, ...parts } as const
    const signed = await contract.sign(this.#account, call, feeOf(terms))
    const descriptor = contract.descriptor({ ...parts, payer: this.address }, signed)
    const domain = contract.domain(chainId)
    const channelId = contract.idOf(descriptor, chainId)
    const voucher = await this.voucher({ channelId, descriptor, domain }, cumulativeAmount)
    // A v2 descriptor says who signs; a v1 payload may.
    const says =
      domain.protocol === 'v1' && authorizedSigner !== HexCodec.zeroAddress ? { authorizedSigner } : {}
    return {
      channelId,
      descriptor,
      domain,
      deposit,
      url,
      terms,
      phase: 'opening',
      unconfirmed: { ...voucher, ...says, action: 'open', type: 'transaction', transaction: signed.raw },
      openedAt,
      authorized: cumulativeAmount,
      delivered: 0n,
      doubtful: 0n,
    }
  }

  /** Signs a top-up transaction. Nothing is sent. */
  async topUp(channel: PayerChannel, additionalDeposit: bigint, terms: SessionRequest): Promise<TopUp> {
    const call = { type: 'topUp', channel, additionalDeposit } as const
    const { raw: transaction } = await this.contractOf(channel).sign(this.#account, call, feeOf(terms))
    return { action: 'topUp', type: 'transaction', ...nameOf(channel), transaction, additionalDeposit }
  }

  /** Signs a voucher. */
  async voucher(
    channel: Pick<PayerChannel, 'channelId' | 'descriptor' | 'domain'>,
    cumulativeAmount: bigint,
  ): Promise<VoucherPayload> {
    const { channelId, domain } = channel
    const signature = await Voucher.sign({ channelId, cumulativeAmount }, domain, this.#voucherAccount)
    return { action: 'voucher', ...nameOf(channel), cumulativeAmount, signature }
  }

  /** Signs the voucher of a close, no more than was authorized already, and the consent that it closes. */
  async close(channel: PayerChannel): Promise<Close> {
    const { domain } = channel
    const voucher = await this.voucher(channel, this.#rules.sign.closeAmount(channel))
    // v1 closes carry none.
    if (domain.protocol === 'v1') return { ...voucher, action: 'close' }
    const closeSignature = await CloseAuthorization.sign(voucher, domain, this.#account)
    return { ...voucher, action: 'close', closeSignature }
  }
}

/** Who pays the fee of a payer's transaction: the payee where it offers to, else the payer in the channel's token. */
const feeOf = ({ methodDetails, currency }: SessionRequest): SendOptions =>
  methodDetails.feePayer === true ? { sponsored: true } : { feeToken: currency }
