/** Servers that sponsor too much, or promise to and do not. */
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import * as Transaction from '../../../../../src/chain/transaction.ts'
import type { Hex } from '../../../../../src/codec/hex.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import {
  openTransactionRules,
  topUpTransactionRules,
} from '../../../../../src/mpp/server/rules/transaction.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { payee } from '../../../../peers/mpp/payee/reference.ts'
import { instead, inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Sponsors and sends whatever waits for a fee payer, and looks at it afterwards. */
function sponsorsFirst() {
  let node: Rpc
  const send = async (raw: Hex) => {
    if (Transaction.decode(raw).feePayer !== 'awaited') return
    const sponsored = await Transaction.sponsor(raw, pathUsd, payee)
    await node.request({ method: 'eth_sendRawTransaction', params: [sponsored] })
  }
  return {
    // It has not begun these opens by its own books, and takes them over all the same.
    rules: { opening: { notUsedElsewhere: ok } },
    chain: (chain: Rpc) => {
      node = chain
      return chain
    },
    http: (handler: (request: Request) => Promise<Response>) => async (request: Request) => {
      // What the node refuses it refuses again when the handler sends it.
      if (paying('open', 'topUp')(request))
        await Promise.allSettled([send(String(payloadOf(request)['transaction']) as Hex)])
      return handler(request)
    },
  }
}

const unsupported = (sponsoring: boolean) =>
  sponsoring ? refuse('verification-failed', 'the fee payer is not configured') : undefined

export const faults = [
  fault({
    name: 'sponsors-before-checking',
    breaks: 'SESS-FEE-009',
    caughtBy: [
      'sponsored.other-payee',
      'sponsored.other-channel',
      'sponsored.extra-call',
      'sponsored.no-reserve-call',
      'sponsored.other-chain',
      'sponsored.bad-voucher',
      'sponsored.lying-top-up',
      'audit.conserved',
    ],
    like: ['mpp-rs 70846716383'],
    ...sponsorsFirst(),
  }),
  fault({
    name: 'sponsors-any-open',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.other-payee', 'sponsored.other-channel', 'audit.conserved'],
    rules: { openTransaction: { opensDescriptor: ok } },
  }),
  fault({
    name: 'sponsors-further-calls',
    breaks: 'SESS-FEE-009',
    caughtBy: ['sponsored.extra-call', 'audit.conserved'],
    rules: { openTransaction: { oneReserveCall: ok } },
  }),
  fault({
    name: 'sponsors-opens-of-other-chains',
    breaks: 'SESS-FEE-009',
    caughtBy: ['sponsored.other-chain'],
    rules: { openTransaction: { rightChain: ok } },
  }),
  fault({
    name: 'sponsors-unsigned-vouchers',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.bad-voucher'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'open' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'sponsors-any-top-up',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.lying-top-up'],
    rules: { topUpTransaction: { amountIsClaimed: ok } },
  }),
  fault({
    name: 'fee-payer-unsupported',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.opens'],
    like: ['mpp-rs 70428757192'],
    rules: {
      openTransaction: {
        feeArranged: (input) => unsupported(input.sponsoring) ?? openTransactionRules.feeArranged(input),
      },
    },
  }),
  fault({
    name: 'fee-payer-for-opens-only',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.tops-up'],
    rules: {
      topUpTransaction: {
        feeArranged: (input) => unsupported(input.sponsoring) ?? topUpTransactionRules.feeArranged(input),
      },
    },
  }),
  fault({
    name: 'sponsors-in-name-only',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.fee-payer'],
    http: instead(
      (request) => paying('open')(request) && payloadOf(request)['cumulativeAmount'] === '2000',
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'closes-at-the-payers-cost',
    breaks: 'SESS-FEE-008',
    caughtBy: ['sponsored.close', 'audit.captured-is-delivered'],
    rules: { books: { captureAmount: ({ accepted }) => accepted } },
  }),
]
