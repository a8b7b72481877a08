/**
 * Settlements by payment identifier. The same payment under the same identifier gets the same answer; another payment
 * is refused. Only settlements that succeeded, or may have, are remembered: after a failure the payment may be tried
 * again.
 */
import type { FacilitatorRequest } from '../wire/facilitator-api.ts'
import type { Settlement } from '../wire/settlement.ts'

/** Most answers that are kept; the oldest go first. */
export const maxAnswers = 10_000

export interface SettledAnswers {
  /** The answer under a name, made by `settle` when there is none. Undefined when it belongs to another payment. */
  once(
    name: string,
    request: FacilitatorRequest,
    settle: () => Promise<Settlement>,
  ): Promise<Settlement | undefined>
}

/** Builds it with nothing remembered. */
export function answers(): SettledAnswers {
  const kept = new Map<string, { content: string; answer: Promise<Settlement> }>()
  return {
    async once(name, { payment, requirements }, settle) {
      const content = JSON.stringify([payment.json, requirements.json])
      const first = kept.get(name)
      if (first !== undefined) return first.content === content ? first.answer : undefined
      const answer = settle()
      const entry = { content, answer }
      kept.set(name, entry)
      if (kept.size > maxAnswers) kept.delete(kept.keys().next().value as string)
      const forget = () => {
        if (kept.get(name) === entry) kept.delete(name)
      }
      try {
        const settlement = await answer
        if (!settlement.success) forget()
        return settlement
      } catch (error) {
        forget()
        throw error
      }
    },
  }
}
