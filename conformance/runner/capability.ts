/**
 * What a target may offer and may lack. A scenario names what it needs; where the target does not offer it, its
 * checks are skipped with the reason: a server is never failed for what it never claimed.
 */

/** Resources beside the main stream: name -> what is asked of it. */
export const resourceNames = {
  plain: 'one charged unit for each whole response',
  dear: 'as plain, in the same realm, at a higher price than the main stream',
  slow: 'a stream of at least 20 units with at least 20 ms between them',
  brief:
    'a stream whose challenges are good for about 2 seconds and whose pauses wait about 1 second for a voucher',
  hostile:
    'a stream of the texts of conformance/suites/mpp/against-server/stream/hostile.ts that look like what they are not',
  long: 'a stream of more than buffers hold, at least 1500 units of 16000 bytes or more',
  login: 'a login by Authorization: Bearer open-sesame, then payment in Payment-Authorization',
  forbidden: 'a payment that verifies and is then refused by policy',
  sponsored: 'a stream that pays the fees of opens and top-ups (feePayer)',
  delta: 'a stream with a minVoucherDelta of two units',
  opaque: 'a stream whose challenge carries opaque and description',
  v1: 'a stream on channels of a v1 escrow contract',
  charge: 'one payment for the response, intent charge of method tempo',
  push: 'as charge, for payers who broadcast themselves (mode push); it may be the same URL',
  fleeting: 'as charge, with challenges that are good for about 2 seconds',
  free: 'a charge of amount 0, which asks for a proof',
  mcp: 'an MCP server over HTTP POST with tools that are paid by a tempo charge',
  discovery: 'a document at /openapi.json; found by asking for it',
} as const

export type ResourceName = keyof typeof resourceNames

/** Powers over the target. */
const powers = {
  stream: 'the URL does not stream',
  v2: 'its sessions are v1: they have no descriptors, and nothing is asked of the logs of their transactions',
  start: 'the kit did not start the server; run it with --start COMMAND or --target NAME',
  node: 'the server does not reach its chain through the kit; run it with --start COMMAND or --target NAME',
} as const

/** Something a target may lack. */
export type Capability = keyof typeof powers | ResourceName

/** Why a scenario that needs it was skipped. */
export const whyNot = (missing: Capability): string =>
  missing in powers
    ? powers[missing as keyof typeof powers]
    : `needs --resource ${missing}=PATH: ${resourceNames[missing as ResourceName]}`

export const isResourceName = (text: string): text is ResourceName => Object.hasOwn(resourceNames, text)
