/** The rules of the money audit that servers are judged by, and the requirements they stand on. */
export const auditRules = {
  'audit.delivered-is-paid': 'X-SETL-001',
  'audit.paid-is-delivered': 'X-SETL-002',
} as const

export type RuleId = keyof typeof auditRules
