/** The rules of the money audit that clients are judged by, and the requirements they stand on. */
export const auditRules = { 'audit.paid-once': 'X-CLI-002' } as const

export type RuleId = keyof typeof auditRules
