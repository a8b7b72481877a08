/** Servers that mix up their resources: a challenge of one pays for another. */
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'any-challenge-will-do',
    breaks: 'CORE-BIND-013',
    caughtBy: ['route.cheap-challenge', 'route.cheap-open'],
    like: ['tempoxyz/mpp-rs#97', 'tempoxyz/pympp#78', 'GHSA-8x4m-qw58-3pcx'],
    rules: { challenge: { samePrice: ok } },
  }),
  fault({
    name: 'one-price-for-all',
    breaks: 'CORE-BIND-013',
    caughtBy: ['route.price', 'audit.captured-is-delivered'],
    rules: {
      books: {
        charge: (ledger, { cost, units }) => ({
          ...ledger,
          spent: ledger.spent + cost / 10n,
          units: ledger.units + units,
        }),
      },
    },
  }),
]
