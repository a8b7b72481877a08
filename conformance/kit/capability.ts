/**
 * What a target may offer and may lack. A scenario names what it needs; where the target does not offer it, its
 * checks are skipped with the reason: a server is never failed for what it never claimed.
 */

/** Resources beside the main stream: name -> what is asked of it. */
export const resourceNames = {
  plain: 'one charged unit for each whole response',
  sibling: 'as plain, for the same terms, with other content',
  failing: 'as plain, but its application answers every paid request with an error',
  dear: 'as plain, in the same realm, at a higher price than the main stream',
  slow: 'a stream of at least 20 units with at least 20 ms between them',
  brief:
    'a stream whose challenges are good for about 2 seconds and whose pauses wait about 1 second for a voucher',
  hostile:
    'a stream of the texts of conformance/suites/mpp/server/stream/hostile.ts that look like what they are not',
  long: 'a stream of more than buffers hold, at least 1500 units of 16000 bytes or more',
  login: 'a login by Authorization: Bearer open-sesame, then payment in Payment-Authorization',
  forbidden: 'a payment that verifies and is then refused by policy',
  sponsored: 'a stream that pays the fees of opens and top-ups (feePayer)',
  delta: 'a stream with a minVoucherDelta of two units',
  opaque: 'a stream whose challenge carries opaque and description',
  v1: 'a stream on channels of a v1 escrow contract',
  charge: 'one payment for the response, intent charge of method tempo',
  barred: 'as charge, but policy refuses every payer, before any money is taken',
  push: 'as charge, for payers who broadcast themselves (mode push); it may be the same URL',
  fleeting: 'as charge, with challenges that are good for about 2 seconds',
  free: 'a charge of amount 0, which asks for a proof',
  mcp: 'an MCP server over HTTP POST with tools that are paid by a tempo charge',
  discovery: 'a document at /openapi.json; found by asking for it',
} as const

export type ResourceName = keyof typeof resourceNames

/** What is judged with a resource: for people who could add it. */
const shows: Readonly<Record<ResourceName, string>> = {
  plain: 'whole responses: each charged once, none on credit, in races and in repeats',
  sibling: 'whether a key that was used buys something else',
  failing: 'whether errors are paid for',
  dear: 'whether what was agreed for a cheap resource buys a dear one',
  slow: 'units as they are made, clients that hang up, channels that vanish in mid-stream',
  brief: 'challenges that ran out, pauses that nobody answers',
  hostile: 'content that looks like control events',
  long: 'clients that do not read',
  login: 'payment beside a login',
  forbidden: 'payments that policy refuses',
  sponsored: 'fees that the server pays',
  delta: 'vouchers that grow too little',
  opaque: 'values that the server wants back',
  v1: 'channels of v1 escrow contracts',
  charge: 'one-off charges',
  barred: 'whether charges that policy refuses are taken',
  push: 'charges that the payer broadcasts',
  fleeting: 'charges whose challenge ran out',
  free: 'proofs of who asks',
  mcp: 'tools for agents',
  discovery: 'what the server says of its prices',
}

const started = 'start the server by --start COMMAND, with {port} in the URL'

/** Powers over the target, and why they are missing: what to do about it, and what it would show. */
const powers = {
  stream: 'the URL does not stream',
  v2: 'its sessions are v1: they have no descriptors, and nothing is asked of the logs of their transactions',
  start: `${started} and its channels kept in DATA_DIR: what it knows after it was killed`,
  node: `${started}: what it believes of a node that fails, lies or forgets`,
} as const

/** Something a target may lack. */
export type Capability = keyof typeof powers | ResourceName

/** Why a scenario that needs it was skipped: what to add, and what that would have judged. */
export const whyNot = (missing: Capability): string =>
  isResourceName(missing)
    ? `add --resource ${missing}=PATH, ${resourceNames[missing]}: ${shows[missing]}`
    : powers[missing]

export const isResourceName = (text: string): text is ResourceName => Object.hasOwn(resourceNames, text)
