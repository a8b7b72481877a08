/**
 * Why a facilitator refuses a payment: one table of what can be wrong, with the name from the specification. Some
 * libraries use other names; a check accepts every name of the kind. Sources: x402 specification v2, "Error Handling";
 * the names libraries answer with.
 */

/** What was wrong -> the name that is answered, and other names for it. */
export const table = {
  version: { reason: 'invalid_x402_version', aliases: ['unsupported_version'] },
  scheme: { reason: 'unsupported_scheme', aliases: ['invalid_scheme', 'invalid_exact_evm_scheme'] },
  network: {
    reason: 'invalid_network',
    aliases: ['unsupported_network', 'network_mismatch', 'invalid_exact_evm_network_mismatch'],
  },
  payload: {
    reason: 'invalid_payload',
    aliases: ['invalid_payment', 'malformed_payload', 'invalid_exact_evm_payload'],
  },
  requirements: {
    reason: 'invalid_payment_requirements',
    aliases: [
      'invalid_exact_evm_missing_eip712_domain',
      'missing_eip712_domain',
      'invalid_exact_evm_token_name_mismatch',
      'invalid_exact_evm_token_version_mismatch',
      'invalid_asset',
      'unsupported_asset',
    ],
  },
  signature: { reason: 'invalid_exact_evm_payload_signature', aliases: ['invalid_exact_evm_signature'] },
  recipient: {
    reason: 'invalid_exact_evm_payload_recipient_mismatch',
    aliases: ['invalid_exact_evm_recipient_mismatch'],
  },
  value: {
    reason: 'invalid_exact_evm_payload_authorization_value',
    aliases: [
      'invalid_exact_evm_payload_authorization_value_mismatch',
      'invalid_exact_evm_authorization_value',
      'invalid_exact_evm_authorization_value_mismatch',
      'invalid_exact_evm_amount_mismatch',
    ],
  },
  validAfter: {
    reason: 'invalid_exact_evm_payload_authorization_valid_after',
    aliases: ['invalid_exact_evm_authorization_valid_after'],
  },
  validBefore: {
    reason: 'invalid_exact_evm_payload_authorization_valid_before',
    aliases: ['invalid_exact_evm_authorization_valid_before'],
  },
  funds: {
    reason: 'insufficient_funds',
    aliases: ['invalid_exact_evm_insufficient_balance', 'invalid_exact_evm_transaction_simulation_failed'],
  },
  /** The nonce is used up, or the transfer fails for another reason of the token. */
  state: {
    reason: 'invalid_transaction_state',
    aliases: [
      'invalid_exact_evm_nonce_already_used',
      'invalid_exact_evm_authorization_already_used',
      'invalid_exact_evm_transaction_simulation_failed',
      'invalid_exact_evm_transaction_failed',
      'transaction_failed',
      'duplicate_settlement',
    ],
  },
  /** Another payment has the same payment identifier. */
  identifier: { reason: 'payment_identifier_conflict', aliases: ['idempotency_conflict'] },
  /** The key of the request was used for another payment. */
  key: { reason: 'idempotency_key_conflict', aliases: [] },
  /** It was handed to the chain, and what became of it is not known yet. */
  pending: { reason: 'settlement_pending', aliases: ['transaction_pending', 'settlement_timeout'] },
  verifyError: { reason: 'unexpected_verify_error', aliases: [] },
  settleError: { reason: 'unexpected_settle_error', aliases: [] },
} as const satisfies Record<string, { reason: string; aliases: readonly string[] }>

/** Why a payment was refused or failed, by our name for it. */
export type ReasonKind = keyof typeof table

/** The name that is answered for a kind. */
export const reasonOf = (kind: ReasonKind): string => table[kind].reason

/** Every name that means a kind. */
export const namesOf = (kind: ReasonKind): readonly string[] => [table[kind].reason, ...table[kind].aliases]

/** Whether a name means a kind. */
export const means = (reason: string | undefined, kind: ReasonKind): boolean =>
  reason !== undefined && namesOf(kind).includes(reason)

/** Whether a settlement may still succeed: the payment must then neither be served nor be asked for again. */
export const isUndecided = (reason: string | undefined): boolean =>
  means(reason, 'pending') || means(reason, 'settleError')
