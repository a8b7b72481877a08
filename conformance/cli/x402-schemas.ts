/** The objects of x402 that travel as JSON, by the file of spec/schemas that describes each. */
import type { z } from 'zod'
import * as Exact from '../../src/x402/wire/exact.ts'
import * as FacilitatorApi from '../../src/x402/wire/facilitator-api.ts'
import * as Payment from '../../src/x402/wire/payment.ts'
import * as Required from '../../src/x402/wire/required.ts'
import * as Requirements from '../../src/x402/wire/requirements.ts'
import * as Settlement from '../../src/x402/wire/settlement.ts'

export const x402Schemas: Record<string, z.ZodType> = {
  'x402/exact-payload': Exact.schema,
  'x402/facilitator-request': FacilitatorApi.requestSchema,
  'x402/payment-required-v1': Required.schemaV1,
  'x402/payment-required-v2': Required.schemaV2,
  'x402/payment-requirements-v1': Requirements.schemaV1,
  'x402/payment-requirements-v2': Requirements.schemaV2,
  'x402/payment-v1': Payment.schemaV1,
  'x402/payment-v2': Payment.schemaV2,
  'x402/settlement': Settlement.schema,
  'x402/supported': FacilitatorApi.supportedSchema,
  'x402/verification': FacilitatorApi.verificationSchema,
}
