/** Servers that sponsor what is lawful, whatever it costs. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { fault, ok } from '../fault.ts'

/** Budgets that nothing exhausts. */
const boundless = {
  maxFeesPerPayerPerMinute: 10n ** 12n,
  maxFeesPerMinute: 10n ** 12n,
  maxFeesPerDay: 10n ** 12n,
}

/** A node that takes its time to simulate, as nodes at the other end of a network do. */
const thoughtful = (chain: Rpc): Rpc => ({
  async request(request) {
    const answer = await chain.request(request)
    const [first] = (request.params ?? []) as unknown[]
    if (request.method === 'eth_call' && Object.hasOwn(first as object, 'calls')) await sleep(50)
    return answer
  },
})

/** A deposit of more than one unit is enough, whatever the fee. */
const enough: RuleOverrides['sponsorship'] = {
  depositWorthIt: ({ deposit = 0n }) =>
    deposit > 1_000n ? undefined : refuse('payment-insufficient', 'a deposit of one unit'),
}

export const faults = [
  fault({
    name: 'sponsors-what-reverts',
    breaks: 'SESS-FEE-011',
    caughtBy: ['sponsor.reverting-open', 'sponsor.reverting-top-up', 'sponsor.racing-opens'],
    like: ['wevm/mppx#657', 'wevm/mppx#407'],
    rules: { preflight: { succeeds: ok } },
  }),
  fault({
    name: 'sponsors-all-at-once',
    breaks: 'SESS-FEE-011',
    caughtBy: ['sponsor.racing-opens'],
    like: ['wevm/mppx#407'],
    rules: { books: { sponsorTurn: ({ hash }) => hash } },
    chain: thoughtful,
  }),
  fault({
    name: 'sponsors-any-tip',
    breaks: 'SESS-FEE-012',
    caughtBy: ['sponsor.tip'],
    like: ['wevm/mppx#342', 'tempoxyz/mpp-rs#229'],
    rules: { sponsor: { feePerGasWithin: ok, priorityFeeWithin: ok, feeWithin: ok }, sponsorship: enough },
    options: { sponsor: boundless },
  }),
  fault({
    name: 'sponsors-any-gas-limit',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.gas-limit'],
    like: ['wevm/mppx#342', 'tempoxyz/mpp-rs#229'],
    rules: { sponsor: { gasWithin: ok, feeWithin: ok }, sponsorship: enough },
    options: { sponsor: boundless },
  }),
  fault({
    name: 'sponsors-access-lists',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.access-list'],
    rules: { sponsor: { noAccessList: ok } },
  }),
  fault({
    name: 'sponsors-padding',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.padding'],
    rules: { sponsor: { canonicalCalls: ok } },
  }),
  fault({
    name: 'sponsors-sequences',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.nonce-key'],
    rules: { sponsor: { expiringNonce: ok } },
  }),
  fault({
    name: 'sponsors-for-a-day',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.validity'],
    rules: { sponsorship: { inWindow: ok } },
  }),
  fault({
    name: 'sponsors-tiny-deposits',
    breaks: 'SESS-FEE-014',
    caughtBy: ['sponsor.tiny-deposit'],
    rules: { sponsorship: { depositWorthIt: ok } },
  }),
]
