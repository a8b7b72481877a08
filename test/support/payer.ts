/** A payer of channels that signs by hand: what it sends is what a test says, on channels of either protocol. */

import { type Backing, backingOf, type Calls } from '../../conformance/peers/mpp/payer/backing.ts'
import type { SubjectOptions } from '../../conformance/peers/mpp/payer/subject.ts'
import { ChainClient } from '../../src/chain/client.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import { type Hex, zeroAddress } from '../../src/codec/hex.ts'
import * as CloseAuthorization from '../../src/contracts/close-authorization.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import type { KeyAccount } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'
import type { Handler } from '../../src/mpp/server/payments.ts'
import type * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import * as Source from '../../src/mpp/wire/source.ts'
import { challengeOf } from './charge.ts'
import { payer } from './kit.ts'

const url = 'http://shop.test/'

/** How a payload is sent; management by POST without a body, content by GET. */
type Method = 'POST' | 'GET'

let salts = 0

/** Signs an open for what a handler asks. `chain` is where the payer's own transactions go; `named` says who pays. */
export async function channelOf(
  handler: Handler,
  chain: Rpc,
  {
    deposit = 1_000_000n,
    account = payer,
    named: isNamed = false,
  }: { deposit?: bigint; account?: KeyAccount; named?: boolean } = {},
) {
  const client = new ChainClient(chain)
  const challenge = await fresh(handler)
  const terms = SessionRequest.decode(challenge.request)
  const chainId = await client.chainId()
  const backing: Backing = backingOf({ chain: client, chainId } as SubjectOptions, terms)
  const parts = {
    payee: terms.recipient,
    operator: zeroAddress,
    token: terms.currency,
    salt: keccakText(`salt ${salts++}`),
    authorizedSigner: zeroAddress,
  }
  const fee = { feeToken: terms.currency }
  const signed = await client.sign(account, backing.openCalls({ type: 'open', deposit, ...parts }), fee)
  const descriptor = backing.descriptor({ payer: account.address, ...parts }, signed)
  const id = backing.idOf(descriptor)
  const named = backing.domain.protocol === 'v1' ? { channelId: id } : { channelId: id, descriptor }

  const send = async (
    payload: Payload.Payload,
    method: Method,
    asked?: Challenge.Challenge,
    signal: AbortSignal | null = null,
  ) => {
    const authorization = Credential.encode({
      challenge: asked ?? (await fresh(handler)),
      payload: Payload.toJson(payload) as Credential.Credential['payload'],
      ...(isNamed ? { source: Source.encode({ chainId, address: account.address }) } : {}),
    })
    return handler(new Request(url, { method, headers: { authorization }, signal }))
  }
  const voucherOf = async (cumulativeAmount: bigint) => ({
    ...named,
    cumulativeAmount,
    signature: await Voucher.sign({ channelId: id, cumulativeAmount }, backing.domain, account),
  })
  const broadcast = async (calls: Calls) => client.broadcast((await client.sign(account, calls, fee)).raw)

  return {
    id,
    descriptor,
    backing,
    raw: signed.raw,
    async open(amount = 0n) {
      const voucher = await voucherOf(amount)
      return send({ action: 'open', type: 'transaction', transaction: signed.raw, ...voucher }, 'POST')
    },
    voucher: async (amount: bigint, method: Method = 'POST', signal?: AbortSignal) =>
      send({ action: 'voucher', ...(await voucherOf(amount)) }, method, undefined, signal),
    async signTopUp(additionalDeposit: bigint) {
      const calls = backing.topUpCalls({ id, descriptor }, additionalDeposit)
      const { raw: transaction } = await client.sign(account, calls, fee)
      return { action: 'topUp', type: 'transaction', ...named, transaction, additionalDeposit } as const
    },
    send,
    close: async (amount: bigint, closeSignature?: Hex) => {
      const consent = closeSignature === undefined ? {} : { closeSignature }
      return send({ action: 'close', ...(await voucherOf(amount)), ...consent }, 'POST')
    },
    /** Signs the consent to a v2 close of this channel; by its payer unless told otherwise. */
    consent: (cumulativeAmount: bigint, by = account, channelId = id) =>
      CloseAuthorization.sign({ channelId, cumulativeAmount }, backing.domain, by),
    /** A voucher's signature alone. */
    signature: async (amount: bigint) => (await voucherOf(amount)).signature,
    /** Begins the forced close, past the server. */
    requestClose: async () => broadcast(backing.requestCloseCalls({ id, descriptor })),
    /** Takes the deposit back after the grace period; whether it succeeded. */
    async withdraw(): Promise<boolean> {
      const calls = backing.withdrawCalls({ id, descriptor })
      const { raw } = await client.sign(account, calls, { ...fee, gas: 1_000_000n })
      return (await client.broadcast(raw)).success
    },
    /** What the payee was paid in all, once the channel is closed. */
    async captured(): Promise<bigint | undefined> {
      return (await backing.closings(id))[0]?.settledToPayee
    },
  }
}

async function fresh(handler: Handler): Promise<Challenge.Challenge> {
  return challengeOf(await handler(new Request(url)))
}
