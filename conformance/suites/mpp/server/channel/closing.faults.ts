/** Servers that close by another party's figures, or go on with a closed channel. */
import { ChainClient } from '../../../../../src/chain/client.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import { encodeCall } from '../../../../../src/contracts/reserve-abi.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import { type SignatureInput, signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { payee } from '../../../../peers/mpp/payee/reference.ts'
import {
  alterPayload,
  alterReceipt,
  credentialOf,
  inventedReceipt,
  paying,
  payloadOf,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Takes any signature of a close that a condition picks: nothing else of the close is wrong. */
const closesWith = (picks: (input: SignatureInput) => boolean): RuleOverrides => ({
  signature: {
    bySigner: (input) =>
      input.action === 'close' && picks(input) ? undefined : signatureRules.bySigner(input),
  },
})

const badSignatures = ['closing.stranger', 'closing.other-domain', 'closing.other-channel']

/** Sends every close that it refuses for its signature: the chain reverts it, at the server's cost. */
function sendsRefusedCloses() {
  let chain: ChainClient | undefined
  return fault({
    name: 'sends-closes-it-refuses',
    breaks: 'SESS-CLOSE-009',
    caughtBy: [...badSignatures, 'closing.nothing-signed'],
    chain: (node) => {
      chain = new ChainClient(node)
      return node
    },
    http: (handler) => async (request) => {
      const { action, descriptor, cumulativeAmount, signature } = payloadOf(request)
      const response = await handler(request)
      if (action !== 'close' || response.ok || !/^[0-9]{1,20}$/.test(String(cumulativeAmount)))
        return response
      const amount = BigInt(String(cumulativeAmount))
      const call = { type: 'close', descriptor, cumulativeAmount: amount, signature } as unknown as Extract<
        Reserve.Call,
        { type: 'close' }
      >
      // More than the voucher says: this reverts whatever was consumed.
      const data = encodeCall({ ...call, captureAmount: amount + 1n })
      const options = { gas: 1_000_000n, feeToken: pathUsd }
      const signed = await chain?.sign(payee, [{ to: Reserve.address, data }], options)
      if (signed !== undefined) await chain?.broadcast(signed.raw)
      return response
    },
  })
}

/** Keeps the signature of the last voucher it saw, and shows that one when it closes. */
function keepsTheLastSignature() {
  const seen = new Map<unknown, { highest: bigint; last: bigint; signature: unknown }>()
  const lower = (channelId: unknown) => {
    const found = seen.get(channelId)
    return found !== undefined && found.last < found.highest ? found : undefined
  }
  return fault({
    name: 'keeps-the-last-signature',
    breaks: 'SESS-VOUCH-005',
    caughtBy: ['closing.after-lower'],
    http: (handler) => {
      const closing = alterPayload(
        (request) => paying('close')(request) && lower(payloadOf(request)['channelId']) !== undefined,
        (payload) => {
          payload['signature'] = lower(payload['channelId'])?.signature as string
        },
      )(handler)
      return async (request) => {
        const { action, channelId, cumulativeAmount, signature } = payloadOf(request)
        if (action === 'voucher') {
          const last = BigInt(String(cumulativeAmount))
          seen.set(channelId, {
            highest: Uint.max(last, seen.get(channelId)?.highest ?? 0n),
            last,
            signature,
          })
        }
        return closing(request)
      }
    },
  })
}

export const faults = [
  fault({
    name: 'captures-what-was-accepted',
    breaks: 'SESS-CLOSE-014',
    caughtBy: ['closing.by-books', 'closing.above-deposit', 'audit.captured-is-delivered'],
    like: ['wevm/mppx#196', 'x402-foundation/x402#3334'],
    rules: {
      books: {
        captureAmount: (ledger, close) =>
          Uint.min(ledger.deposit, close?.cumulativeAmount ?? ledger.accepted),
      },
    },
  }),
  fault({
    name: 'close-must-reach-accepted',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['closing.below-accepted'],
    like: ['wevm/mppx#577'],
    rules: {
      close: {
        coversCapture: ({ accepted }, { cumulativeAmount }) =>
          cumulativeAmount >= accepted ? undefined : refuse('verification-failed', 'below what was accepted'),
      },
    },
  }),
  fault({
    name: 'names-a-transaction-of-the-payer',
    breaks: 'SESS-FEE-008',
    caughtBy: ['closing.server-pays', 'closing.pays-payee'],
    http: (handler) => {
      const opened = new Map<unknown, unknown>()
      const remembering = alterReceipt(paying('open'), (receipt) => {
        opened.set(receipt['channelId'], receipt['txHash'] ?? '')
      })
      const naming = alterReceipt(paying('close'), (receipt) => {
        receipt['txHash'] = String(opened.get(receipt['channelId']))
      })
      return naming(remembering(handler))
    },
  }),
  fault({
    name: 'close-for-nothing',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['closing.nothing-signed', 'audit.captured-is-delivered'],
    like: ['GHSA-mv9j-8jvg-j8mr'],
    rules: {
      close: {
        coversCapture: (ledger, close) =>
          close.cumulativeAmount === 0n ? undefined : Accounting.closeRules.coversCapture(ledger, close),
      },
      books: {
        captureAmount: (ledger, close) =>
          close?.cumulativeAmount === 0n ? 0n : Accounting.captureAmount(ledger),
      },
    },
  }),
  fault({
    name: 'anybody-closes',
    breaks: 'SESS-CLOSE-009',
    caughtBy: badSignatures,
    like: ['solana-foundation/pay-kit#177', 'wevm/mppx#495'],
    rules: closesWith(() => true),
  }),
  fault({
    name: 'reopens-closed-channels',
    breaks: 'SESS-OPEN-011',
    caughtBy: ['closing.then-open'],
    like: ['GHSA-8x4m-qw58-3pcx', 'tempoxyz/mpp-rs#158'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('open')(request) && response.status === 410 ? inventedReceipt(request) : response
    },
  }),
  fault({
    name: 'head-after-close',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['closing.then-head'],
    like: ['GHSA-fxc9-7j2w-vx54'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const dead = response.status === 410 && request.method === 'HEAD'
      return dead && credentialOf(request) !== undefined ? inventedReceipt(request) : response
    },
  }),
  sendsRefusedCloses(),
  keepsTheLastSignature(),
]
