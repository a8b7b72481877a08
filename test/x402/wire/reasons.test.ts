/** The reason table: every kind has the specification's name, and no name means two things by accident. */
import { expect, test } from 'vitest'
import {
  isUndecided,
  means,
  namesOf,
  type ReasonKind,
  reasonOf,
  table,
} from '../../../src/x402/wire/reasons.ts'

const kinds = Object.keys(table) as ReasonKind[]

test('one name for each kind, the specification’s where it has one', () => {
  expect(kinds.map(reasonOf)).toEqual([
    'invalid_x402_version',
    'unsupported_scheme',
    'invalid_network',
    'invalid_payload',
    'invalid_payment_requirements',
    'invalid_exact_evm_payload_signature',
    'invalid_exact_evm_payload_recipient_mismatch',
    'invalid_exact_evm_payload_authorization_value',
    'invalid_exact_evm_payload_authorization_valid_after',
    'invalid_exact_evm_payload_authorization_valid_before',
    'insufficient_funds',
    'invalid_transaction_state',
    'payment_identifier_conflict',
    'idempotency_key_conflict',
    'settlement_pending',
    'unexpected_verify_error',
    'unexpected_settle_error',
  ])
})
test('a name of two kinds is one that libraries use for both', () => {
  const all = kinds.flatMap((kind) => namesOf(kind))
  const twice = all.filter((name, i) => all.indexOf(name) !== i)
  expect(twice).toEqual(['invalid_exact_evm_transaction_simulation_failed'])
})
test('names are looked up by kind', () => {
  expect(means('invalid_exact_evm_signature', 'signature')).toBe(true)
  expect(means('toString', 'signature')).toBe(false)
  expect(means(undefined, 'signature')).toBe(false)
  expect(isUndecided('settlement_pending')).toBe(true)
  expect(isUndecided('insufficient_funds')).toBe(false)
})
