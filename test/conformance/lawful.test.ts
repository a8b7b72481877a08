/**
 * Negative controls: a server that chooses otherwise than the reference where the drafts leave a choice stays green.
 * By default one server that makes many choices; FOREIGN=each takes each choice alone and the whole suite.
 */
import { expect, test } from 'vitest'
import { choices, choosing } from '../support/lawful.ts'
import { judged } from '../support/negative.ts'

const many = [
  'each challenge is answered once',
  'a repeated open is refused',
  'a dead channel is answered 402',
  'a mismatch of signers is a bad signature',
  'an expired challenge is invalid',
  'cache rules in other words',
  'types with parameters',
  'receipts with more in them',
  'challenges with all they may have',
  'a realm of punctuation',
  'a least increase everywhere',
  'a least deposit',
  'settles all the time',
  'another account is paid',
  'v is 0 or 1',
]
const whole = process.env['FOREIGN'] !== undefined
const cases = [many, ...(process.env['FOREIGN'] === 'each' ? Object.keys(choices).map((name) => [name]) : [])]
const only = whole ? undefined : 'accounting,idempotency,rate,closing,top-up'

test.each(cases.map((names) => [names.length > 1 ? 'many choices at once' : names[0], names] as const))(
  '%s: nothing fails',
  async (_, names) => {
    const server = choosing(...names)
    const { passed, red } = await judged({ server, only })
    expect(red.filter(({ id, verdict }) => !(verdict === 'warn' && server.warns(id)))).toEqual([])
    expect(passed).toBeGreaterThan(40)
  },
)
