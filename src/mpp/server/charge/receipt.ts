/** The receipt of a one-off payment. */
import * as Timestamp from '../../../codec/timestamp.ts'
import type { Collected } from './collect.ts'
import type { ChargeOffer } from './offer.ts'

/** Its reference is the transaction, or of a proof the challenge (TCHG-PROOF-006). */
export const chargeReceipt = ({ externalId }: ChargeOffer, { challenge, by, at }: Collected) => ({
  method: 'tempo',
  intent: 'charge',
  status: 'success' as const,
  timestamp: Timestamp.encode(at),
  reference: by === 'proof' ? challenge.id : by.transaction,
  challengeId: challenge.id,
  ...(externalId === undefined ? {} : { externalId }),
})
