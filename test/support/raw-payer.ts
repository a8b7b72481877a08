/** A payer that signs what it is told to and keeps no books: for requests that a client would never send. */

import { ChainClient } from '../../src/chain/client.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import { type Bytes32, zeroAddress } from '../../src/codec/hex.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { encodeCall } from '../../src/contracts/reserve-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'
import type { Handler } from '../../src/mpp/server/payments.ts'
import type { Challenge } from '../../src/mpp/wire/challenge.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import { challengeOf } from './charge.ts'
import { payer } from './kit.ts'
import { bytes32 } from './samples.ts'

export interface Ask {
  method?: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Default a fresh one of the same URL. */
  challenge?: Challenge
}

/** A signed open that was not sent, and the channel it opens. */
export interface RawChannel {
  channelId: Bytes32
  descriptor: Descriptor
  open: Payload.Open
  /** A voucher, by the payer or by somebody else. */
  voucher(cumulativeAmount: bigint, by?: KeyAccount): Promise<Payload.VoucherPayload>
}

export function rawPayer(chain: Rpc, handle: Handler, account: KeyAccount = payer) {
  const client = new ChainClient(chain)
  let salts = 0

  const challenge = async (url: string, { method = 'GET', body }: Ask = {}): Promise<Challenge> =>
    challengeOf(await handle(new Request(url, { method, ...(body === undefined ? {} : { body }) })))

  /** Sends a payload to a URL. */
  async function send(url: string, payload: Payload.Payload, ask: Ask = {}): Promise<Response> {
    const { method = 'GET', headers, body } = ask
    const credential = {
      challenge: ask.challenge ?? (await challenge(url, ask)),
      payload: Payload.toJson(payload) as Credential.Credential['payload'],
    }
    const authorization = Credential.encode(credential)
    const init = { method, headers: { ...headers, authorization }, ...(body === undefined ? {} : { body }) }
    return handle(new Request(url, init))
  }

  /** Signs the open of a channel for the terms of a URL; nothing is sent. */
  async function prepare(url: string, { deposit = 1_000_000n, initial = 0n } = {}): Promise<RawChannel> {
    const terms = SessionRequest.decode((await challenge(url)).request)
    const { chainId, escrowContract } = terms.methodDetails
    const parts = {
      payee: terms.recipient,
      operator: zeroAddress,
      token: terms.currency,
      salt: bytes32((0xa0 + salts++).toString(16)),
      authorizedSigner: zeroAddress,
    }
    const call: Reserve.Call = { type: 'open', deposit, ...parts }
    const signed = await client.sign(account, [{ to: Reserve.address, data: encodeCall(call) }], {
      feeToken: terms.currency,
    })
    const descriptor = { ...parts, payer: account.address, expiringNonceHash: signed.expiringNonceHash }
    const channelId = Reserve.channelId({ type: 'withdraw', descriptor }, { chainId } as Reserve.Context)
    const domain = { protocol: 'v2', chainId: Number(chainId), escrow: escrowContract } as const
    const voucher = async (cumulativeAmount: bigint, by = account): Promise<Payload.VoucherPayload> => ({
      action: 'voucher',
      channelId,
      descriptor,
      cumulativeAmount,
      signature: await Voucher.sign({ channelId, cumulativeAmount }, domain, by),
    })
    const open: Payload.Open = {
      ...(await voucher(initial)),
      action: 'open',
      type: 'transaction',
      transaction: signed.raw,
    }
    return { channelId, descriptor, open, voucher }
  }

  /** Opens a channel. Throws when the server refuses. */
  async function open(
    url: string,
    options: { deposit?: bigint; initial?: bigint } = {},
  ): Promise<RawChannel> {
    const channel = await prepare(url, options)
    const answer = await send(url, channel.open, { method: 'HEAD' })
    if (!answer.ok) throw new Error(`a lawful open was answered ${answer.status}`)
    return channel
  }
  return { account, client, challenge, send, prepare, open }
}

/** The receipt of an answer, if it has one. */
export function receiptOf(answer: Response): Receipt.Receipt | undefined {
  const field = answer.headers.get('payment-receipt')
  return field === null ? undefined : Receipt.decode(field)
}
