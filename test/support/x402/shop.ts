/** A paid chat on the memory chain, and requests that are paid by hand. */
import { ChainClient } from '../../../src/chain/client.ts'
import { MemoryChain } from '../../../src/chain/memory/chain.ts'
import type { Bytes32 } from '../../../src/codec/hex.ts'
import * as Hex from '../../../src/codec/hex.ts'
import type { TransferAuthorization } from '../../../src/contracts/transfer-authorization.ts'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import { facilitator } from '../../../src/x402/facilitator/facilitator.ts'
import { generator } from '../../../src/x402/server/chat/generator.ts'
import type { Model } from '../../../src/x402/server/chat/model.ts'
import { chatPath, chatServer } from '../../../src/x402/server/example/server.ts'
import type { Merchant } from '../../../src/x402/server/offer.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import type { Facilitator } from '../../../src/x402/wire/facilitator-api.ts'
import { paymentField, settlementField, type Version } from '../../../src/x402/wire/fields.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../src/x402/wire/payment-identifier.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import * as Settlement from '../../../src/x402/wire/settlement.ts'
import { chainId, payee, payer } from './samples.ts'

export const url = `http://shop.test${chatPath}`
export const price = 10_000n
export const gasPayer = devAccounts[2] as KeyAccount

/** A model whose streams are counted. */
export function counted(model: Model = generator()) {
  const calls = { streams: 0, completions: 0, chunks: 0, stopped: 0 }
  const own: Model = {
    names: model.names,
    async *stream(chat, signal) {
      calls.streams++
      try {
        for await (const chunk of model.stream(chat, signal)) {
          calls.chunks++
          yield chunk
        }
      } finally {
        calls.stopped++
      }
    },
    complete(chat, signal) {
      calls.completions++
      return model.complete(chat, signal)
    },
  }
  return { calls, model: own }
}

export interface ShopOptions {
  model?: Model
  merchant?: Partial<Merchant>
  /** Puts something around the facilitator. */
  around?: (own: Facilitator) => Facilitator
}

export function openShop({ model, merchant, around = (own) => own }: ShopOptions = {}) {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    chainId,
  })
  const own = facilitator({ account: gasPayer, chain: new ChainClient(chain), recoverKey: fastestCurve })
  const settled: Settlement.Settlement[] = []
  const watched: Facilitator = {
    ...own,
    async settle(request) {
      const settlement = await own.settle(request)
      settled.push(settlement)
      return settlement
    },
  }
  const { calls, model: counting } = counted(model)
  const errors: unknown[] = []
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId, ...merchant },
    facilitator: around(watched),
    model: counting,
    onError: (error) => errors.push(error),
  })
  const start = chain.balance(payee.address, usdc.address)
  return {
    chain,
    facilitator: own,
    handle,
    calls,
    errors,
    /** Settlements that succeeded. */
    settlements: () => settled.filter(({ success }) => success).length,
    /** What the payee got, in base units. */
    earned: () => chain.balance(payee.address, usdc.address) - start,
  }
}

export type Shop = ReturnType<typeof openShop>

export const chat = (more: object = {}) => ({
  model: 'words-1',
  messages: [{ role: 'user', content: 'hi' }],
  stream: true,
  ...more,
})

export const ask = (headers: Record<string, string> = {}, body: unknown = chat(), to: string = url) =>
  new Request(to, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** What a 402 asks in a version. */
export async function askedIn(response: Response, version: Version): Promise<Required.Required> {
  return version === 1
    ? Required.decodeBody(await response.text())
    : Required.decode(response.headers.get('payment-required') ?? '')
}

let nonces = 0

export interface Signing {
  overrides?: Partial<TransferAuthorization>
  id?: string
  /** What is changed of the payment after it was signed. */
  change?: (json: Record<string, unknown>) => void
  account?: KeyAccount
}

/** The field of a payment that does what the shop asks. */
export async function paymentFor(
  shop: Pick<Shop, 'handle'>,
  version: Version,
  { overrides = {}, id, change, account = payer }: Signing = {},
  request: Request = ask(),
): Promise<Record<string, string>> {
  const required = await askedIn(await shop.handle(request), version)
  const [requirements] = required.accepts
  if (requirements === undefined) throw new Error('nothing is asked')
  const nonce = `0x${(++nonces).toString(16).padStart(64, '0')}` as Bytes32
  const authorization: TransferAuthorization = {
    from: account.address,
    to: Hex.address(requirements.payTo),
    value: requirements.amount,
    validAfter: 0n,
    validBefore: BigInt(Math.floor(Date.now() / 1000) + requirements.maxTimeoutSeconds),
    nonce,
    ...overrides,
  }
  const hash = Exact.digest(authorization, Exact.domainOf(requirements), chainId)
  const payload = Exact.toJson({ signature: await account.sign({ hash }), authorization })
  const extensions = id === undefined ? {} : { extensions: PaymentIdentifier.withId(required.extensions, id) }
  const resource = required.resource === undefined ? {} : { resource: { ...required.resource } }
  const payment = Payment.from(requirements, payload, { ...resource, ...extensions })
  change?.(payment.json)
  return { [paymentField[version]]: Payment.encode(payment) }
}

/** The settlement a response tells of. */
export function receiptOf(response: Response, version: Version): Settlement.Settlement | undefined {
  const field = response.headers.get(settlementField[version])
  return field === null ? undefined : Settlement.decode(field)
}
