/**
 * The money audit of a client scenario: everything that the client signed is claimed on chain, and the books of the
 * trace are judged. How much a hostile payee may take beyond what it delivered is judged by the checks. The audit
 * requires that no loss goes unrecorded, and that no more is locked than the client was allowed to.
 */
import * as Uint from '../../../../src/codec/uint.ts'
import type { Audit, AuditRule } from '../../../kit/run.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { books } from '../../../peers/mpp/books/books.ts'
import { figures, judge } from '../../../peers/mpp/books/rules.ts'
import type { Shop } from '../../../peers/mpp/payee/shop/shop.ts'

export const auditRules = {
  'audit.conserved': 'CHAN-INV-003',
  'audit.within-budget': 'SESS-SSE-014',
} as const

/** Takes what can be taken in every shop, and judges. `loss`: the most that a hostile payee took. */
export async function audit(recorder: Recorder, shops: readonly Shop[], loss: bigint): Promise<Audit> {
  const takings = await Promise.all(shops.map(async (shop) => ({ shop, ...(await shop.take()) })))
  const now = books(recorder.since(0))
  const conserved = judge(now).filter(({ id }) => id === 'audit.conserved')
  const over = takings.flatMap(({ shop, deposit, signed }) => {
    const budget = Uint.fromDecimal(shop.setting.maxDeposit ?? '1.00')
    return deposit > budget || signed > budget
      ? [`deposited ${deposit}, signed for ${signed}, of a budget of ${budget}`]
      : []
  })
  const within: AuditRule = {
    id: 'audit.within-budget',
    verdict: over.length > 0 ? 'fail' : 'pass',
    message: over[0] ?? 'holds for every channel',
  }
  const totals = Object.entries({ ...figures(now), 'most lost': loss })
  return {
    scenario: recorder.scenario,
    rules: [...conserved, within],
    figures: Object.fromEntries(totals.map(([name, value]) => [name, value.toString()])),
  }
}
