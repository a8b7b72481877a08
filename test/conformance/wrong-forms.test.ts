/**
 * Causes before cascades: a member of the wrong form fails the check about it, alone, and whatever can be judged
 * without it still is. The server means what it should and writes it wrongly, and knows it again when it is echoed.
 */
import { expect, test } from 'vitest'
import type { RedControl } from '../../conformance/kit/control.ts'
import {
  alterEvent,
  alterReceipt,
  type Wrap,
  withoutReceipt,
} from '../../conformance/peers/mpp/payee/wire.ts'
import { writesChallenge, writesTerms } from '../../conformance/peers/mpp/payee/writing.ts'
import { judged } from '../../conformance/suites/mpp/server/controls/judge.ts'
import { fault } from '../../conformance/suites/mpp/server/fault.ts'
import type { JsonObject } from '../../src/codec/json.ts'

type Members = Record<string, unknown>
const param = (name: string, value: string) => writesChallenge((params) => params.set(name, value))
const term = (name: string, value: unknown) =>
  writesTerms((request) => Object.assign(request as Members, { [name]: value }))
const detail = (name: string, value: unknown) =>
  writesTerms((_, details) => Object.assign(details as Members, { [name]: value }))
/** In the header and in the event. */
const receipt =
  (change: (receipt: Members) => void): Wrap =>
  (handler) =>
    alterEvent(
      'payment-receipt',
      change,
    )(alterReceipt(() => true, change as (receipt: JsonObject) => void)(handler))
const ask = (name: string, value: unknown) =>
  alterEvent('payment-need-voucher', (data) => Object.assign(data as Members, { [name]: value }))

/** What is written wrongly, what fails, and how many checks may be blocked by it: those that need the member itself. */
const forms: Record<string, [wrong: Wrap, failed: string[], blocked?: number]> = {
  'opaque of numbers': [param('opaque', 'eyJhIjoxfQ'), ['challenge.opaque']],
  'expires in words': [param('expires', 'in five minutes'), ['challenge.expires']],
  'no realm': [writesChallenge((params) => params.delete('realm')), ['challenge.realm']],
  'a padded request': [
    writesChallenge((params) => params.set('request', `${params.get('request')}==`)),
    ['challenge.request'],
  ],
  'a price as number': [
    writesTerms((request) => Object.assign(request as Members, { amount: Number(request['amount']) })),
    ['challenge.amounts'],
  ],
  'a unit that is no text': [term('unitType', 7), ['challenge.members']],
  'an empty operator': [detail('operator', ''), ['challenge.members']],
  'feePayer as text': [detail('feePayer', 'false'), ['challenge.members']],
  'a snapshot that is none': [detail('sessionSnapshot', 'none'), ['challenge.members']],
  'a receipt without intent': [
    receipt((members) => delete members['intent']),
    ['open.receipt-form', 'stream.final-receipt-fields'],
  ],
  'a receipt with numbers': [
    receipt((members) => Object.assign(members, { spent: Number(members['spent']) })),
    ['open.receipt-form', 'stream.final-receipt-fields'],
  ],
  'a receipt without spent': [
    receipt((members) => delete members['spent']),
    ['open.receipt-form', 'stream.final-receipt-fields'],
    20,
  ],
  'an ask without a total': [ask('requiredCumulative', undefined), ['stream.need-voucher-fields'], 1],
}

const features = 'challenge,open,stream'

test.each(Object.entries(forms))('%s', async (name, [http, failed, most = 0]) => {
  const server = fault({ name, breaks: 'SESS-REQ-016', caughtBy: [], http })
  const { red, passed } = await judged({ fault: server, only: features })
  const of = (verdict: string) => red.filter((each: RedControl) => each.verdict === verdict)
  expect(of('harness')).toEqual([])
  expect(
    of('fail')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(failed)
  const blocked = of('blocked')
  expect(
    blocked.length,
    blocked.map(({ id, message }) => `${id}: ${message}`).join('\n'),
  ).toBeLessThanOrEqual(most)
  // Each blocked check says which check is about its cause.
  expect(blocked.filter(({ message }) => !/\(see [a-z-]+\.[a-z0-9-]+\)/.test(message))).toEqual([])
  expect(passed).toBeGreaterThan(most === 0 ? 50 : 25)
})

test('terms that say too little block what needs them, and name the check about them', async () => {
  const server = fault({ name: 'usd', breaks: 'SESS-REQ-016', caughtBy: [], http: term('currency', 'usd') })
  const { red } = await judged({ fault: server, only: features })
  expect(red.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)).toEqual(['challenge.members'])
  const causes = new Set(red.filter(({ verdict }) => verdict === 'blocked').map(({ message }) => message))
  expect([...causes]).toEqual([
    'the terms cannot be read: currency: hex must start with 0x (see challenge.members)',
  ])
})

test('a server without any receipt fails one check; what a receipt would show is blocked by it, the rest is judged', async () => {
  const http: Wrap = (handler) => async (request) => withoutReceipt(await handler(request))
  const server = fault({ name: 'no receipts', breaks: 'SESS-RCPT-001', caughtBy: [], http })
  const { red, passed } = await judged({
    fault: server,
    only: 'open,voucher,top-up,close,stream,idempotency',
  })
  expect(red.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)).toEqual(['open.receipt'])
  const blocked = red.filter(({ verdict }) => verdict === 'blocked')
  expect([...new Set(blocked.map(({ message }) => message))].sort()).toEqual([
    'no answer of the server carries a Payment-Receipt (see open.receipt)',
    'there is no receipt to read',
  ])
  expect(passed).toBeGreaterThan(4 * blocked.length)
})
