/** Servers that believe payments they should not: what their facilitator says is heard otherwise. */

import type { ClaimStore } from '../../../../src/x402/server/claims.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import { means, type ReasonKind } from '../../../../src/x402/wire/reasons.ts'
import type * as Settlement from '../../../../src/x402/wire/settlement.ts'

/** Takes a payment that is wrong in this way for good, and its settlement for done. */
export const believes =
  (kind: ReasonKind) =>
  (own: Facilitator): Facilitator =>
    believesSettlements(({ errorReason }) => means(errorReason ?? undefined, kind))({
      ...own,
      async verify(request) {
        const said = await own.verify(request)
        return means(said.invalidReason ?? undefined, kind) ? { isValid: true } : said
      },
    })

/** Takes settlements that failed for done, if they are picked. */
export const believesSettlements =
  (pick: (failed: Settlement.Settlement) => boolean) =>
  (own: Facilitator): Facilitator => ({
    ...own,
    async settle(request) {
      const said = await own.settle(request)
      if (said.success || !pick(said)) return said
      return { success: true, transaction: `0x${'ab'.repeat(32)}`, network: request.requirements.network }
    },
  })

/** Remembers no payment. */
export const forgetful: ClaimStore = {
  update: async (_, change) => change(undefined).answer,
  forget: async () => undefined,
}
