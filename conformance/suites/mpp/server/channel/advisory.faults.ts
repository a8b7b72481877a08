/** Servers with the bugs of published advisories. */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import type { ChannelRecord } from '../../../../../src/mpp/server/store/record.ts'
import type { ChannelStore } from '../../../../../src/mpp/server/store/store.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { onResponse, paying, payloadOf, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Starts the books of a channel again, as if it had just been opened, for opens that a condition picks. */
const forgetting =
  (picks: (payload: Record<string, unknown>, record: ChannelRecord) => boolean) =>
  (handler: (request: Request) => Promise<Response>, { store }: { store: ChannelStore }) =>
  async (request: Request) => {
    const payload = payloadOf(request)
    if (paying('open')(request))
      await store.update(String(payload['channelId']).toLowerCase() as Bytes32, (record) => ({
        record:
          record !== undefined && picks(payload, record)
            ? { ...record, ledger: { ...record.ledger, spent: 0n, phase: 'open' } }
            : record,
        answer: undefined,
      }))
    return handler(request)
  }

/** Reads, thinks, and writes: what others wrote meanwhile is lost. */
const notAtomic = (store: ChannelStore): ChannelStore => ({
  ...store,
  async update(channelId, change) {
    const { record, answer } = change(await store.get(channelId))
    await new Promise((resolve) => setImmediate(resolve))
    return store.update(channelId, () => ({ record, answer }))
  },
})

export const faults = [
  fault({
    name: 'ghsa-8x4m-qw58-3pcx',
    breaks: 'SESS-OPEN-016',
    caughtBy: ['advisory.ghsa-8x4m-qw58-3pcx', 'audit.captured-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: forgetting((_, { ledger }) => ledger.phase === 'closed'),
    rules: { books: { observe: (ledger) => ledger } },
  }),
  fault({
    name: 'ghsa-fxc9-7j2w-vx54',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['advisory.ghsa-fxc9-7j2w-vx54', 'audit.captured-is-delivered'],
    like: ['GHSA-fxc9-7j2w-vx54', 'tempoxyz/mpp-rs#425'],
    rules: { voucher: { notOver: ok }, charge: { notOver: ok } },
  }),
  fault({
    name: 'ghsa-mv9j-8jvg-j8mr',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['advisory.ghsa-mv9j-8jvg-j8mr', 'audit.captured-is-delivered'],
    like: ['GHSA-mv9j-8jvg-j8mr', 'CVE-2026-34209'],
    rules: {
      close: {
        coversCapture: ({ settled }, { cumulativeAmount }) =>
          cumulativeAmount >= settled ? undefined : refuse('verification-failed', 'below what was settled'),
      },
      books: {
        captureAmount: (ledger, close) =>
          Uint.min(close?.cumulativeAmount ?? ledger.accepted, Accounting.captureAmount(ledger)),
      },
    },
  }),
  fault({
    name: 'ghsa-8c63-r789-xrrf',
    breaks: 'SESS-ACCT-012',
    caughtBy: ['advisory.ghsa-8c63-r789-xrrf', 'audit.captured-is-delivered'],
    like: ['GHSA-8c63-r789-xrrf', 'wevm/mppx#364'],
    rules: {
      books: {
        acceptVoucher: (ledger, { cumulativeAmount }) =>
          cumulativeAmount === ledger.accepted && cumulativeAmount === 3_000n
            ? { ...ledger, spent: 0n }
            : Accounting.acceptVoucher(ledger, { cumulativeAmount, minDelta: 0n }),
      },
    },
  }),
  fault({
    name: 'ghsa-w8j7-7qc3-5f24',
    breaks: 'CORE-CONC-001',
    caughtBy: ['advisory.ghsa-w8j7-7qc3-5f24', 'audit.captured-is-delivered'],
    like: ['GHSA-w8j7-7qc3-5f24', 'CVE-2026-73829', 'solana-foundation/pay-kit#211'],
    store: notAtomic,
  }),
  fault({
    name: 'ghsa-8x7x-5j8g-8hcx',
    breaks: 'SESS-ACCT-003',
    caughtBy: ['advisory.ghsa-8x7x-5j8g-8hcx', 'audit.captured-is-delivered'],
    like: ['GHSA-8x7x-5j8g-8hcx', 'tempoxyz/mpp-rs#285', 'mppx 1ba7af2'],
    http: forgetting(({ channelId }) => /[A-F]/.test(String(channelId))),
  }),
  fault({
    name: 'ghsa-82qh-vrvm-gqvc',
    breaks: 'CORE-RCPT-007',
    caughtBy: ['advisory.ghsa-82qh-vrvm-gqvc'],
    like: ['GHSA-82qh-vrvm-gqvc', 'tempoxyz/mpp-rs#381'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) => withHeaders(response, (headers) => headers.delete('cache-control')),
    ),
  }),
]
