/** The published JSON Schemas are those that the wire objects are read by; other readers rely on them. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { decodeWith } from '../../../src/codec/schema.ts'
import * as Descriptor from '../../../src/contracts/descriptor.ts'
import * as ChargeRequest from '../../../src/mpp/wire/charge-request.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Discovery from '../../../src/mpp/wire/discovery.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import * as Mcp from '../../../src/mpp/wire/mcp.ts'
import * as Payload from '../../../src/mpp/wire/payload.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../../src/mpp/wire/snapshot.ts'
import * as TempoCharge from '../../../src/mpp/wire/tempo-charge.ts'
import { refusal } from '../../support/codes.ts'
import { descriptor } from '../../support/samples.ts'

test.each<[string, z.ZodType]>([
  ['charge-request', ChargeRequest.schema],
  ['credential', Credential.schema],
  ['descriptor', Descriptor.schema],
  ['discovery', Discovery.schema],
  ['mcp-challenge', Mcp.challengeSchema],
  ['mcp-credential', Mcp.credentialSchema],
  ['mcp-error', Mcp.errorSchema],
  ['mcp-receipt', Mcp.receiptSchema],
  ['need-voucher', Events.needVoucherSchema],
  ['payment-info', Discovery.paymentInfoSchema],
  ['payload', Payload.schema],
  ['problem', Problem.schema],
  ['proof', Proof.schema],
  ['receipt', Receipt.coreSchema],
  ['session-receipt', Receipt.schema],
  ['session-request', SessionRequest.schema],
  ['snapshot', Snapshot.schema],
  ['tempo-charge-payload', TempoCharge.payloadSchema],
  ['tempo-charge-request', TempoCharge.requestSchema],
])('%s', (name, schema) => {
  const published = readFileSync(new URL(`../../../spec/schemas/${name}.json`, import.meta.url), 'utf8')
  expect(z.toJSONSchema(schema, { io: 'input' })).toEqual(JSON.parse(published))
})

test('problem types, with the title and the status each has', () => {
  const rows = Object.entries(Problem.table).map(([slug, { title, status }]) => `${status} ${slug}: ${title}`)
  expect(rows).toEqual([
    '402 payment-required: Payment Required',
    '402 payment-insufficient: Payment Insufficient',
    '402 payment-expired: Payment Expired',
    '402 payment-action-required: Payment Action Required',
    '402 verification-failed: Verification Failed',
    '402 malformed-credential: Malformed Credential',
    '402 invalid-payload: Invalid Payload',
    '402 invalid-challenge: Invalid Challenge',
    '400 method-unsupported: Method Unsupported',
    '400 bad-request: Bad Request',
    '500 internal-payment-error: Internal Payment Error',
    '402 session/invalid-signature: Invalid Signature',
    '402 session/signer-mismatch: Signer Mismatch',
    '402 session/amount-exceeds-deposit: Amount Exceeds Deposit',
    '402 session/delta-too-small: Delta Too Small',
    '410 session/channel-not-found: Channel Not Found',
    '410 session/channel-finalized: Channel Finalized',
    '402 session/challenge-not-found: Challenge Not Found',
    '402 session/insufficient-balance: Insufficient Balance',
  ])
})

describe('values shared by all', () => {
  test('hex is lowered when read and when written', () => {
    const upper = { ...descriptor, payer: `0x${'AB'.repeat(20)}`, salt: `0x${'CD'.repeat(32)}` }
    const read = Descriptor.fromJson(upper)
    expect(read).toMatchObject({ payer: `0x${'ab'.repeat(20)}`, salt: `0x${'cd'.repeat(32)}` })
    expect(Descriptor.toJson(upper as Descriptor.Descriptor)).toEqual(read)
  })
  test('a payload or a request that is no object is refused for that', () => {
    const challenge = { id: 'a', realm: '', method: 'c', intent: 'd', request: 'e30' }
    const credential = (payload: unknown) => () => decodeWith(Credential.schema, { challenge, payload })
    expect(refusal(credential('text'))).toEqual({ code: 'wrong-type', path: 'payload' })
    expect(refusal(credential(null))).toEqual({ code: 'wrong-type', path: 'payload' })
    expect(refusal(credential(undefined))).toEqual({ code: 'missing', path: 'payload' })
    expect(refusal(credential({}))).toBeUndefined()
  })
  test('chains are numbered from 1, in whole numbers', () => {
    const at = (chainId: unknown) =>
      refusal(() =>
        decodeWith(SessionRequest.methodDetailsSchema, { escrowContract: descriptor.payer, chainId }),
      )
    expect(at(1)).toBeUndefined()
    expect(at(0)).toEqual({ code: 'out-of-range', path: 'chainId' })
    expect(at(1.5)?.path).toBe('chainId')
  })
})
