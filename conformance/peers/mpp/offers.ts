/**
 * What an mpp server may offer and may lack. A scenario names what it needs; where the target does not offer it, its
 * checks are skipped with the reason: a server is never failed for what it never claimed.
 */
import { type Resource, whyNot as why } from '../../kit/suite.ts'

/** Resources beside the main stream. */
export const resources = {
  plain: {
    asks: 'one charged unit for each whole response',
    shows: 'whole responses: each charged once, none on credit, in races and in repeats',
  },
  sibling: {
    asks: 'as plain, for the same terms, with other content',
    shows: 'whether a key that was used buys something else',
  },
  failing: {
    asks: 'as plain, but its application answers every paid request with an error',
    shows: 'whether errors are paid for',
  },
  dear: {
    asks: 'as plain, in the same realm, at a higher price than the main stream',
    shows: 'whether what was agreed for a cheap resource buys a dear one',
  },
  slow: {
    asks: 'a stream of at least 20 units with at least 20 ms between them',
    shows: 'units as they are made, clients that hang up, channels that vanish in mid-stream',
  },
  brief: {
    asks: 'a stream whose challenges are good for about 2 seconds and whose pauses wait about 1 second for a voucher',
    shows: 'challenges that ran out, pauses that nobody answers',
  },
  hostile: {
    asks: 'a stream of the texts of conformance/suites/mpp/server/stream/hostile.ts that look like what they are not',
    shows: 'content that looks like control events',
  },
  long: {
    asks: 'a stream of more than buffers hold, at least 1500 units of 16000 bytes or more',
    shows: 'clients that do not read',
  },
  login: {
    asks: 'a login by Authorization: Bearer open-sesame, then payment in Payment-Authorization',
    shows: 'payment beside a login',
  },
  forbidden: {
    asks: 'a payment that verifies and is then refused by policy',
    shows: 'payments that policy refuses',
  },
  sponsored: {
    asks: 'a stream that pays the fees of opens and top-ups (feePayer)',
    shows: 'fees that the server pays',
  },
  delta: {
    asks: 'a stream with a minVoucherDelta of two units',
    shows: 'vouchers that grow too little',
  },
  opaque: {
    asks: 'a stream whose challenge carries opaque and description',
    shows: 'values that the server wants back',
  },
  v1: {
    asks: 'a stream on channels of a v1 escrow contract',
    shows: 'channels of v1 escrow contracts',
  },
  charge: {
    asks: 'one payment for the response, intent charge of method tempo',
    shows: 'one-off charges',
  },
  barred: {
    asks: 'as charge, but policy refuses every payer, before any money is taken',
    shows: 'whether charges that policy refuses are taken',
  },
  push: {
    asks: 'as charge, for payers who broadcast themselves (mode push); it may be the same URL',
    shows: 'charges that the payer broadcasts',
  },
  fleeting: {
    asks: 'as charge, with challenges that are good for about 2 seconds',
    shows: 'charges whose challenge ran out',
  },
  free: {
    asks: 'a charge of amount 0, which asks for a proof',
    shows: 'proofs of who asks',
  },
  mcp: {
    asks: 'an MCP server over HTTP POST with tools that are paid by a tempo charge',
    shows: 'tools for agents',
  },
  discovery: {
    asks: 'a document at /openapi.json; found by asking for it',
    shows: 'what the server says of its prices',
  },
} as const satisfies Readonly<Record<string, Resource>>

export type ResourceName = keyof typeof resources

const started = 'start the server by --start COMMAND, with {port} in the URL'

/** Powers over the target, and why they are missing: what to do about it, and what it would show. */
export const powers = {
  stream: 'the URL does not stream',
  v2: 'its sessions are v1: they have no descriptors, and nothing is asked of the logs of their transactions',
  start: `${started} and its channels kept in DATA_DIR: what it knows after it was killed`,
  node: `${started}: what it believes of a node that fails, lies or forgets`,
} as const

/** Something a target may lack. */
export type Capability = keyof typeof powers | ResourceName

/** Why what needs it is skipped. */
export const whyNot = (missing: Capability): string => why({ resources, powers }, missing)
