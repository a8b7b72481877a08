/**
 * The money of a scenario: all that the client's signatures give is taken on chain, and the books of the trace are judged.
 * What a hostile payee could take beyond what it delivered is for the checks: here nothing may be lost unseen, and nothing
 * locked beyond what the client was told.
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
