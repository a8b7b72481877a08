/** `close`: captures what was consumed and refunds the rest (tempo session draft, "Cooperative Close"). */
import { send } from '../../../chain/outcome.ts'
import type { Bytes32, Hex } from '../../../codec/hex.ts'
import type { Descriptor } from '../../../contracts/descriptor.ts'
import * as Descriptors from '../../../contracts/descriptor.ts'
import * as Accounting from '../../ledger.ts'
import type { Close } from '../../wire/payload.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import { domainOf, type Payee } from '../payee.ts'
import type { SignedAmount } from '../retained.ts'
import { check } from '../rules/rule.ts'
import type { ChannelRecord } from '../store/record.ts'
import {
  type ActionInput,
  type ActionResult,
  checkSignature,
  contractFor,
  isRefusal,
  knownChannel,
} from './action.ts'
import { endClose, refresh } from './refresh.ts'
import { cameOf, closingWindowMs, type Submission, submit } from './submit.ts'
import { longForm } from './voucher.ts'

/** A channel that was closed, and by which transaction. */
type Closed = { record: ChannelRecord; transaction: Bytes32 }

/** Closes a channel at the payer's request. */
export async function close(input: ActionInput<Close>): Promise<ActionResult> {
  const { payee, payload } = input
  const known = await knownChannel(input)
  if (isRefusal(known)) return known
  const { descriptor } = known.record
  const badSignature = await checkSignature(input, descriptor)
  if (badSignature !== undefined) return badSignature
  const unauthorized = await checkAuthorization(input, descriptor)
  if (unauthorized !== undefined) return unauthorized
  await refresh(payee, known.record)
  return closeWith(payee, known.record, longForm(payload))
}

/** Checks that the payer, or its signer, wants the channel closed: showing a voucher of its is not enough. */
async function checkAuthorization(
  input: ActionInput<Close>,
  descriptor: Descriptor,
): Promise<Refusal | undefined> {
  const { payee, payload } = input
  const { channelId, cumulativeAmount, closeSignature } = payload
  return check(payee.rules.closeAuthorization, {
    voucher: { channelId, cumulativeAmount },
    domain: await domainOf(payee, contractFor(input).protocol),
    closeSignature,
    required: payee.requireCloseSignature,
    signers: [descriptor.payer, Descriptors.signer(descriptor)],
    recoverKey: payee.recoverKey,
  })
}

/**
 * Closes a channel with a voucher that covers the captured amount. Takes the record as it was before `refresh`. If an
 * earlier close of the channel has an unknown outcome, that outcome is determined first.
 */
export async function closeWith(
  payee: Payee,
  { channelId, ledger: { phase } }: ChannelRecord,
  voucher: SignedAmount,
): Promise<Closed | Refusal> {
  const record = await payee.store.get(channelId)
  if (record !== undefined && phase === 'closing' && !payee.closesUnderWay.has(channelId)) {
    // The refresh has found its receipt.
    const { closeTransaction: transaction } = record
    if (transaction !== undefined) return { record, transaction }
    const resumed = await whileUnderWay(payee, channelId, () => resume(payee, record))
    if (resumed !== undefined) return resumed
  }
  const begun = await beginClose(payee, channelId, voucher)
  if (isRefusal(begun)) return begun
  return whileUnderWay(payee, channelId, async () =>
    concluded(payee, channelId, await submitClose(payee, begun.record, voucher)),
  )
}

/** Marks the channel while its close is being sent, so that no other task of this process sends one too. */
async function whileUnderWay<T>(payee: Payee, channelId: Bytes32, work: () => Promise<T>): Promise<T> {
  payee.closesUnderWay.add(channelId)
  try {
    return await work()
  } finally {
    payee.closesUnderWay.delete(channelId)
  }
}

/**
 * Sends the signed bytes of an earlier close again: the same bytes count once. Undefined when that close did not and
 * cannot happen, so that a new one may be sent: the chain rules it out, or it was never stored and so never sent.
 */
async function resume(
  payee: Payee,
  { channelId, ledger, closingRaw }: ChannelRecord,
): Promise<Closed | Refusal | undefined> {
  if (ledger.phase !== 'closing') return undefined
  const outcome = closingRaw === undefined ? undefined : cameOf('close', await send(payee.chain, closingRaw))
  if (outcome !== undefined && (outcome === 'pending' || 'transaction' in outcome))
    return concluded(payee, channelId, outcome)
  await endClose(payee, channelId, undefined)
  return undefined
}

async function concluded(payee: Payee, channelId: Bytes32, outcome: Submission): Promise<Closed | Refusal> {
  if (outcome === 'pending')
    // It may still be mined, so nothing may be served until it cannot (SESS-CLOSE-012, 013).
    return refuse('verification-failed', 'the close transaction is not confirmed yet; try again')
  if ('problem' in outcome) {
    // A close that did not happen leaves the channel usable (SESS-CLOSE-013).
    await endClose(payee, channelId, undefined)
    return outcome
  }
  const { transaction } = outcome
  return { record: await endClose(payee, channelId, transaction), transaction }
}

/** Captures what was consumed: a v2 close names the amount, a v1 close is paid what its voucher says (reading A5). */
function submitClose(payee: Payee, record: ChannelRecord, voucher: SignedAmount): Promise<Submission> {
  const { books } = payee.rules
  const { channelId, ledger, protocol, vouchers } = record
  const captureAmount = books.captureAmount(ledger, voucher)
  const shown = protocol === 'v1' ? books.closingVoucher(vouchers, ledger, voucher) : voucher
  return submit(payee, record, shown ?? voucher, { type: 'close', captureAmount }, (raw) =>
    remember(payee, channelId, raw),
  )
}

/** From here on nothing is charged: what is captured is fixed with the last charge (SESS-CLOSE-012). */
function beginClose(
  payee: Payee,
  channelId: Bytes32,
  { cumulativeAmount }: SignedAmount,
): Promise<{ record: ChannelRecord } | Refusal> {
  return payee.store.update<{ record: ChannelRecord } | Refusal>(channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    const refusal = Accounting.firstRefusal(payee.rules.close, record.ledger, { cumulativeAmount })
    if (refusal !== undefined) return { record, answer: refusal }
    const closingUntil = payee.clock() + closingWindowMs
    const next: ChannelRecord = { ...record, closingUntil, ledger: { ...record.ledger, phase: 'closing' } }
    return { record: next, answer: { record: next } }
  })
}

/** Stores the signed bytes before they are sent, so that any process can find out their outcome. */
function remember(payee: Payee, channelId: Bytes32, closingRaw: Hex): Promise<void> {
  return payee.store.update(channelId, (record) => {
    if (record === undefined) return { record, answer: undefined }
    const closingUntil = payee.clock() + closingWindowMs
    return { record: { ...record, closingUntil, closingRaw }, answer: undefined }
  })
}
