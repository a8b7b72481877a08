/** Payers who leave their fees to a payee: signed opens and top-ups, lawful or not, on a memory chain. */

import { ChainClient, type SendOptions } from '../../src/chain/client.ts'
import type { MemoryChain } from '../../src/chain/memory/chain.ts'
import type { Rpc } from '../../src/chain/rpc.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as ChannelId from '../../src/contracts/channel-id.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { encodeCall } from '../../src/contracts/reserve-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { accountFromKey, type KeyAccount } from '../../src/keys/accounts.ts'
import { keccakText } from '../../src/keys/keccak.ts'
import type { Handler } from '../../src/mpp/server/payments.ts'
import type { Challenge } from '../../src/mpp/wire/challenge.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import { authorize, challengeOf } from './charge.ts'

const url = 'http://test.example/poem'

export interface Opened {
  channelId: Hex.Bytes32
  descriptor: Descriptor
  payload: Payload.Open
}

/** What a transaction says otherwise than it would. */
export type Change = NonNullable<SendOptions['change']>

let strangers = 0
/** A payer nobody knows, with what it is given in base units. */
export function stranger(chain: MemoryChain, balance = 0n): KeyAccount {
  const account = accountFromKey(keccakText(`stranger ${strangers++}`))
  chain.fund(account.address, balance)
  return account
}

/** A payer at a handler. */
export function sponsoredPayer(
  handler: Handler,
  rpc: Rpc,
  account: KeyAccount,
  clock: () => number = Date.now,
) {
  const chain = new ChainClient(rpc, { clock })
  const domainOf = async () => ({
    protocol: 'v2' as const,
    escrow: Reserve.address,
    chainId: await chain.chainId(),
  })
  const voucher = async (channelId: Hex.Bytes32, descriptor: Descriptor, cumulativeAmount: bigint) => ({
    channelId,
    descriptor,
    cumulativeAmount,
    signature: await Voucher.sign({ channelId, cumulativeAmount }, await domainOf(), account),
  })
  const signCall = (call: Reserve.Call, options: SendOptions) =>
    chain.sign(account, [{ to: Reserve.address, data: encodeCall(call) }], {
      sponsored: true,
      gas: 50_000n,
      ...options,
    })
  const own = {
    /** Signs a voucher for a channel, whosever it is. */
    sign: ({ channelId, descriptor }: Opened, cumulativeAmount: bigint) =>
      voucher(channelId, descriptor, cumulativeAmount),
    challenge: async (): Promise<Challenge> => challengeOf(await handler(new Request(url))),
    /** Sends a payload as management. */
    async send(payload: Payload.Payload): Promise<Response> {
      const headers = authorize(await own.challenge(), Payload.toJson(payload))
      return handler(new Request(url, { method: 'POST', headers }))
    },
    /** Signs an open. */
    async prepare(deposit: bigint, options: SendOptions = {}): Promise<Opened> {
      const terms = SessionRequest.decode((await own.challenge()).request)
      const parts = {
        payee: terms.recipient,
        operator: Hex.zeroAddress,
        token: terms.currency,
        salt: Hex.encode(crypto.getRandomValues(new Uint8Array(32))) as Hex.Bytes32,
        authorizedSigner: Hex.zeroAddress,
      }
      const { raw, expiringNonceHash } = await signCall({ type: 'open', deposit, ...parts }, options)
      const descriptor: Descriptor = { payer: account.address, ...parts, expiringNonceHash }
      const channelId = ChannelId.v2(descriptor, await domainOf())
      const signed = await voucher(channelId, descriptor, 0n)
      const payload: Payload.Open = { ...signed, action: 'open', type: 'transaction', transaction: raw }
      return { channelId, descriptor, payload }
    },
    async open(deposit: bigint, options: SendOptions = {}): Promise<Response> {
      return own.send((await own.prepare(deposit, options)).payload)
    },
    async topUp({ channelId, descriptor }: Opened, additionalDeposit: bigint, options: SendOptions = {}) {
      const { raw } = await signCall({ type: 'topUp', descriptor, additionalDeposit }, options)
      const of = { channelId, descriptor, additionalDeposit }
      return own.send({ action: 'topUp', type: 'transaction', transaction: raw, ...of })
    },
    async close({ channelId, descriptor }: Opened): Promise<Response> {
      return own.send({ ...(await voucher(channelId, descriptor, 0n)), action: 'close' })
    },
  }
  return own
}

/** What a refusal says. */
export async function detailOf(response: Response): Promise<string> {
  return Problem.decode(await response.text()).detail ?? ''
}
