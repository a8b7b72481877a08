/** Servers that settle, and then count it wrongly or settle what they never delivered. */
import { channelContract } from '../../../../../src/chain/channel-contract.ts'
import { ChainClient } from '../../../../../src/chain/client.ts'
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import type { Bytes32, Hex } from '../../../../../src/codec/hex.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { payee } from '../../../../peers/mpp/payee/reference.ts'
import { paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Settles the scenario's highest voucher as soon as it is accepted. */
function settlesAtOnce() {
  let node: Rpc
  return {
    chain: (chain: Rpc) => {
      node = chain
      return chain
    },
    http: (handler: (request: Request) => Promise<Response>) => {
      const settled = new Set<unknown>()
      return async (request: Request) => {
        const response = await handler(request)
        const { channelId, cumulativeAmount, signature, descriptor } = payloadOf(request)
        if (!response.ok || !paying('voucher')(request)) return response
        const amount = BigInt(String(cumulativeAmount))
        if (amount !== 60_000n || settled.has(channelId)) return response
        settled.add(channelId)
        const reserve = channelContract(new ChainClient(node), { protocol: 'v2', escrow: Reserve.address })
        await reserve.send(payee, {
          type: 'settle',
          channel: { channelId: String(channelId) as Bytes32, descriptor: Descriptor.fromJson(descriptor) },
          cumulativeAmount: amount,
          signature: String(signature) as Hex,
        })
        return response
      }
    },
  }
}

export const faults = [
  fault({
    name: 'settles-what-was-accepted',
    breaks: 'SESS-SETL-009',
    caughtBy: ['settlement.within-spent'],
    ...settlesAtOnce(),
  }),
  fault({
    name: 'captures-beside-what-was-settled',
    breaks: 'SESS-SETL-002',
    caughtBy: ['settlement.pays-difference', 'audit.captured-is-delivered'],
    rules: {
      books: {
        captureAmount: (ledger, close) =>
          Uint.min(close?.cumulativeAmount ?? ledger.accepted, ledger.settled),
      },
    },
  }),
  fault({
    name: 'settled-voucher-closes',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['settlement.settled-voucher', 'settlement.pays-difference', 'audit.captured-is-delivered'],
    like: ['GHSA-mv9j-8jvg-j8mr', 'CVE-2026-34209'],
    rules: {
      close: {
        coversCapture: (ledger, { cumulativeAmount }) =>
          cumulativeAmount >= (ledger.settled > 0n ? ledger.settled : Accounting.captureAmount(ledger))
            ? undefined
            : refuse('verification-failed', 'below what was settled'),
      },
      books: {
        captureAmount: (ledger, close) =>
          Uint.min(close?.cumulativeAmount ?? ledger.accepted, Accounting.captureAmount(ledger)),
      },
    },
  }),
  fault({
    name: 'vouchers-below-settled',
    breaks: 'SESS-VOUCH-005',
    caughtBy: ['settlement.below-settled'],
    like: ['wevm/mppx#628'],
    rules: {
      voucher: {
        notLower: (ledger, input) =>
          ledger.settled > 0n ? undefined : Accounting.voucherRules.notLower(ledger, input),
      },
    },
  }),
]
