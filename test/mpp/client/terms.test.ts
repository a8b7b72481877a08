/** Terms that change are agreed to again, or not at all (issue 12, point 12). */
import { describe, expect, test } from 'vitest'
import type { SessionOptions, TermsChange } from '../../../src/mpp/client/options.ts'
import { session } from '../../../src/mpp/client/session.ts'
import { changes, sameChannel } from '../../../src/mpp/client/terms.ts'
import type { MethodDetails, SessionRequest } from '../../../src/mpp/wire/session-request.ts'
import {
  challengeFor,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
} from '../../support/fake-payee.ts'
import { collect, newChain, payer, startKit } from '../../support/kit.ts'
import { address, terms } from '../../support/samples.ts'

const url = 'http://payee.test/poem'
const dear = 8_000_000n

/** A payee that sells one unit, and then wants to be paid under other terms. */
async function afterOneUnit(
  change: Partial<SessionRequest>,
  details: Partial<MethodDetails>,
  more: Partial<SessionOptions> = {},
) {
  let calls = 0
  const payee: FakePayee = fakePayee((seen) => {
    if (seen.payload === undefined) return undefined
    if (++calls === 1) return paidFor(payee.receipt(price))
    return calls === 2 ? payable(challengeFor(change, details), 'invalid-challenge') : undefined
  })
  const pay = session({ account: payer, chain: newChain(), maxDeposit: '10', fetch: payee.fetch, ...more })
  await pay.fetch(url)
  const before = payee.seen.length
  const second = await pay.fetch(url).then(
    () => 'paid',
    (error: { code?: string }) => error.code,
  )
  return { second, signed: payee.signed(), sent: payee.seen.length - before }
}

describe('in mid-session', () => {
  test.each<[string, Partial<SessionRequest>, Partial<MethodDetails>, string]>([
    ['a price of 8 instead of 0.001', { amount: dear }, {}, 'changed-terms'],
    ['a price one base unit higher', { amount: price + 1n }, {}, 'changed-terms'],
    ['another unit', { unitType: 'letter' }, {}, 'changed-terms'],
    ['no unit', { unitType: undefined }, {}, 'changed-terms'],
    ['a least increase', {}, { minVoucherDelta: price }, 'changed-terms'],
    ['another payee', { recipient: address('23') }, {}, 'unexpected-recipient'],
    ['another token', { currency: address('24') }, {}, 'unknown-currency'],
    ['another escrow', {}, { escrowContract: address('25') }, 'unknown-escrow'],
    ['another chain', {}, { chainId: 1 }, 'wrong-chain'],
    ['an operator', {}, { operator: address('26') }, 'unexpected-recipient'],
    ['another protocol', {}, { sessionProtocol: 'v1' }, 'wrong-protocol'],
  ])('%s is declined, and nothing is signed for it', async (_, change, details, code) => {
    const { second, signed, sent } = await afterOneUnit(change, details)
    expect(second).toBe(code)
    // The second unit was signed for before its price rose.
    expect(signed).toBe(2n * price)
    expect(sent).toBe(1)
  })

  test('a lower price needs no consent', async () => {
    const { second, signed } = await afterOneUnit({ amount: 10n }, {})
    expect(second).toBe('paid')
    expect(signed).toBe(2n * price)
  })

  test('consent is asked for once, with both terms; what was delivered keeps its price', async () => {
    const asked: TermsChange[] = []
    const { second, signed } = await afterOneUnit(
      { amount: 3n * price },
      {},
      {
        onTerms: (change) => asked.push(change) > 0,
      },
    )
    expect(second).toBe('paid')
    expect(asked).toMatchObject([
      { url, changed: ['amount'], agreed: { amount: price }, asked: { amount: 3n * price } },
    ])
    expect(signed).toBe(price + 3n * price)
  })

  test('a price up to maxPrice was agreed to; above it not', async () => {
    expect(await afterOneUnit({ amount: 3n * price }, {}, { maxPrice: '0.003' })).toMatchObject({
      second: 'paid',
    })
    expect(await afterOneUnit({ amount: 3n * price + 1n }, {}, { maxPrice: '0.003' })).toMatchObject({
      second: 'over-price',
      signed: 2n * price,
    })
  })

  test('a stream whose voucher is answered with a higher price ends, and nothing more is signed', async () => {
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.payload === undefined) return undefined
      if (seen.method === 'HEAD') return payable(challengeFor({ amount: dear }), 'invalid-challenge')
      return eventStream(function* () {
        yield 'data: one\n\n'
        yield payee.ask(2n * price)
      })
    })
    const pay = session({ account: payer, chain: newChain(), maxDeposit: '10', fetch: payee.fetch })
    await expect(collect(pay.sse(url))).rejects.toMatchObject({ code: 'changed-terms' })
    expect(payee.signed()).toBe(2n * price)
  })
})

test('another resource may sell other units at the same price, and not at a higher one', async () => {
  await using kit = await startKit()
  const pay = kit.session()
  await pay.fetch(`${kit.server.url}/line`)
  await collect(pay.sse(kit.url))
  await expect(pay.fetch(`${kit.server.url}/dear`)).rejects.toMatchObject({ code: 'changed-terms' })
  expect(await pay.close()).toMatchObject({ spent: 59_000n })
  const willing = kit.session({ maxPrice: '0.010' })
  await willing.fetch(`${kit.server.url}/line`)
  expect((await willing.fetch(`${kit.server.url}/dear`)).status).toBe(200)
  expect(await willing.close()).toMatchObject({ spent: 11_000n, acceptedCumulative: 11_000n })
})

test('fees that were the payee’s are a change; a suggestion is none', () => {
  const sponsored = { ...terms, methodDetails: { ...terms.methodDetails, feePayer: true } }
  expect(changes(sponsored, terms)).toEqual(['feePayer'])
  expect(changes(terms, sponsored)).toEqual([])
  expect(changes(terms, { ...terms, suggestedDeposit: 1n })).toEqual([])
  expect(sameChannel(terms, sponsored)).toBeUndefined()
})
