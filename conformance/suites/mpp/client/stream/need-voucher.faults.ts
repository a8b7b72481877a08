/** Faults of clients that sign what a stream asks for, or never what it needs. */
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'signs-what-is-asked',
    breaks: 'SESS-SSE-014',
    caughtBy: ['need-voucher.beyond-delivery'],
    variant: { rules: { sign: { withinStep: ok } } },
  }),
  fault({
    name: 'never-tops-up',
    breaks: 'SESS-SSE-008',
    caughtBy: ['need-voucher.paid'],
    variant: { rules: { deposit: { topUp: () => 1n } } },
  }),
]
