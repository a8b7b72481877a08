/**
 * Accounting as a sequence: a ledger, then events, each accepted or refused. The op `accounting.run`.
 *
 * Steps: `{voucher, minDelta?}`, `{charge, units?}`, `{observe: {deposit, settled, closeRequestedAt}}`,
 * `{close}`. A refused step changes nothing and names the problem type.
 */
import { DecodeError } from '../../../src/codec/decode-error.ts'
import { isObject, type JsonObject } from '../../../src/codec/json.ts'
import * as Uint from '../../../src/codec/uint.ts'
import * as Accounting from '../../../src/mpp/ledger.ts'
import type { Refusal } from '../../../src/mpp/wire/problem.ts'
import { list, number, object, Refused, text } from './op.ts'

interface Outcome {
  ledger: Accounting.Ledger
  answer: JsonObject
}

const amount = (input: JsonObject, name: string): bigint => Uint.decode(text(input, name))

/** Runs the steps. The value: one answer a step, and the books at the end. Throws `Refused` for the first refusal when `stop` is true. */
export function run(input: JsonObject): JsonObject {
  let ledger = Accounting.open(amount(input, 'deposit'), amount(input, 'accepted'), amount(input, 'settled'))
  const answers = list(input, 'steps').map((value) => {
    if (!isObject(value)) throw new DecodeError('wrong-type', 'a step is an object', { path: ['steps'] })
    const outcome = step(ledger, value, input['stop'] === true)
    ledger = outcome.ledger
    return outcome.answer
  })
  const { accepted, spent, units, phase, deposit, settled } = ledger
  return {
    answers,
    ledger: {
      deposit: Uint.encode(deposit),
      settled: Uint.encode(settled),
      accepted: Uint.encode(accepted),
      spent: Uint.encode(spent),
      available: Uint.encode(Accounting.available(ledger)),
      units,
      phase,
    },
  }
}

function step(ledger: Accounting.Ledger, input: JsonObject, stop: boolean): Outcome {
  const refused = (refusal: Refusal): Outcome => {
    if (stop) throw new Refused(refusal.problem, refusal.detail)
    return { ledger, answer: { refused: refusal.problem, ...refusal.extensions } }
  }
  if ('voucher' in input) {
    const event = {
      cumulativeAmount: amount(input, 'voucher'),
      minDelta: 'minDelta' in input ? amount(input, 'minDelta') : 0n,
    }
    const refusal = Accounting.firstRefusal(Accounting.voucherRules, ledger, event)
    if (refusal !== undefined) return refused(refusal)
    const next = Accounting.acceptVoucher(ledger, event)
    return { ledger: next, answer: { accepted: Uint.encode(next.accepted) } }
  }
  if ('charge' in input) {
    const event = { cost: amount(input, 'charge'), units: 'units' in input ? number(input, 'units') : 1 }
    const refusal = Accounting.firstRefusal(Accounting.chargeRules, ledger, event)
    if (refusal !== undefined) return refused(refusal)
    const next = Accounting.charge(ledger, event)
    return { ledger: next, answer: { spent: Uint.encode(next.spent) } }
  }
  if ('observe' in input) {
    const seen = object(input, 'observe')
    const next = Accounting.observe(ledger, {
      deposit: amount(seen, 'deposit'),
      settled: amount(seen, 'settled'),
      closeRequestedAt: number(seen, 'closeRequestedAt'),
    })
    return { ledger: next, answer: { phase: next.phase } }
  }
  const event = { cumulativeAmount: amount(input, 'close') }
  const refusal = Accounting.firstRefusal(Accounting.closeRules, ledger, event)
  if (refusal !== undefined) return refused(refusal)
  return {
    ledger: { ...ledger, phase: 'closed' },
    answer: { captured: Uint.encode(Accounting.captureAmount(ledger, event)) },
  }
}
