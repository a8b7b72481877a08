/** Each rule of the client can be replaced alone, and changes what it says and nothing else (issue 13, point 7). */
import { describe, expect, test } from 'vitest'
import type { SessionOptions } from '../../../src/mpp/client/options.ts'
import { type ClientRuleOverrides, defaultRules, withRules } from '../../../src/mpp/client/rules.ts'
import {
  against,
  challengeFor,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
  type Seen,
} from '../../support/fake-payee.ts'
import { collect } from '../../support/kit.ts'

const url = 'http://payee.test/poem'
const paid = ({ payload }: Seen) => payload !== undefined

/** What a session does at a payee: the code of its error, or the status it gets. */
async function outcomeOf(payee: FakePayee, more: Partial<SessionOptions> = {}) {
  return against(payee, { sleep: async () => undefined, ...more })
    .fetch(url)
    .then(
      ({ status }) => status,
      (error: { code?: string; name: string }) => error.code ?? error.name,
    )
}

test('one replacement leaves every other rule as it was', () => {
  for (const [group, rules] of Object.entries(defaultRules))
    for (const name of Object.keys(rules)) {
      const mine = () => undefined
      const changed = withRules({ [group]: { [name]: mine } } as ClientRuleOverrides)
      for (const [other, theirs] of Object.entries(defaultRules))
        for (const [one, rule] of Object.entries(theirs)) {
          const now = (changed[other as keyof typeof changed] as Record<string, unknown>)[one]
          expect(now).toBe(other === group && one === name ? mine : rule)
        }
    }
})

describe('retry', () => {
  const lost = () =>
    fakePayee((seen) => {
      if (paid(seen)) throw new TypeError('fetch failed')
      return undefined
    })

  test('a payment without an answer is sent three times, byte for byte, and then the outcome is not known', async () => {
    const payee = lost()
    expect(await outcomeOf(payee)).toBe('no-answer')
    const sent = payee.seen.filter(paid)
    expect(sent).toHaveLength(3)
    for (const name of ['authorization', 'idempotency-key'])
      expect(new Set(sent.map(({ headers }) => headers.get(name))).size).toBe(1)
  })

  test('repeats: none', async () => {
    const payee = lost()
    const rules = { retry: { repeats: () => false } }
    expect(await outcomeOf(payee, { rules })).toBe('no-answer')
    expect(payee.seen.filter(paid)).toHaveLength(1)
  })

  test('key: another one each time', async () => {
    const payee = lost()
    const rules = { retry: { key: ({ repeats }: { repeats: number }) => `k${repeats}` } }
    await outcomeOf(payee, { rules })
    expect(payee.seen.filter(paid).map(({ headers }) => headers.get('idempotency-key'))).toEqual([
      'k0',
      'k1',
      'k2',
    ])
  })

  /** Asks for one more voucher, and answers it as told. */
  const asking = (answer: (seen: Seen) => Response | undefined) => {
    const payee: FakePayee = fakePayee((seen) => {
      if (!paid(seen)) return undefined
      if (seen.method !== 'GET') return answer(seen)
      return eventStream(function* () {
        yield 'data: one\n\n'
        yield payee.ask(2n * price)
        yield 'data: two\n\n'
      })
    })
    return payee
  }
  const streamed = (payee: FakePayee, rules: ClientRuleOverrides = {}) =>
    collect(against(payee, { sleep: async () => undefined, rules }).sse(url)).then(
      (words) => words.length,
      (error: { code?: string; status?: number }) => error.status ?? error.code,
    )

  test('pause: a server that asks to wait is not waited for', async () => {
    let busy = 0
    const once = () => asking(() => (busy++ === 0 ? new Response(null, { status: 503 }) : undefined))
    expect(await streamed(once())).toBe(2)
    busy = 0
    expect(await streamed(once(), { retry: { pause: () => undefined } })).toBe(503)
  })

  test('byPost: a server without HEAD is not asked by POST', async () => {
    const old = () =>
      asking(({ method }) => (method === 'HEAD' ? new Response(null, { status: 405 }) : undefined))
    expect(await streamed(old())).toBe(2)
    expect(await streamed(old(), { retry: { byPost: () => false } })).toBe(405)
  })

  test.each<[string, ClientRuleOverrides]>([
    ['freshChallenge', { retry: { freshChallenge: () => false } }],
    ['mends', { retry: { mends: () => false } }],
  ])('%s: a challenge that no longer holds is told', async (_, rules) => {
    const stale = () => {
      let calls = 0
      return fakePayee((seen) =>
        paid(seen) && calls++ === 0 ? payable(challengeFor(), 'payment-expired') : undefined,
      )
    }
    expect(await outcomeOf(stale())).toBe(200)
    expect(await outcomeOf(stale(), { rules })).toBe('refused')
  })
})

describe('sign', () => {
  const other = `0x${'12'.repeat(32)}` as const
  const asks = (change: object) => {
    const payee: FakePayee = fakePayee((seen) =>
      paid(seen) && seen.method === 'GET'
        ? eventStream(function* () {
            yield 'data: one\n\n'
            yield payee
              .ask(2n * price)
              .replace(/\{.*\}/, (json) => JSON.stringify({ ...JSON.parse(json), ...change }))
          })
        : undefined,
    )
    return payee
  }
  const read = (payee: FakePayee, rules: ClientRuleOverrides = {}) =>
    collect(against(payee, { rules }).sse(url)).then(
      () => 'paid',
      (error: { code?: string }) => error.code,
    )

  test('channel: a question about another channel is answered', async () => {
    expect(await read(asks({ channelId: other }))).toBe('foreign-channel')
    expect(await read(asks({ channelId: other }), { sign: { channel: () => undefined } })).toBe('paid')
  })

  test('withinSigned: a question that says more was accepted than was signed is answered', async () => {
    const lie = { acceptedCumulative: '1500' }
    expect(await read(asks(lie))).toBe('overcharged')
    expect(await read(asks(lie), { sign: { withinSigned: () => undefined } })).toBe('paid')
  })

  test('closeAmount: a close signs for more than was bought', async () => {
    const payee: FakePayee = fakePayee((seen) =>
      paid(seen) ? paidFor(payee.receipt(payee.signed())) : undefined,
    )
    const rules = { sign: { closeAmount: ({ authorized }: { authorized: bigint }) => authorized + 1n } }
    const pay = against(payee, { rules })
    await pay.fetch(url)
    // Its own receipt rule finds it out: more was accepted than the session remembers.
    await expect(pay.close()).rejects.toMatchObject({ code: 'overcharged' })
    expect(payee.signed()).toBe(price + 1n)
  })
})

describe('what a server does wrong has a code', () => {
  test('a stream that breaks off', async () => {
    const payee = fakePayee((seen) =>
      paid(seen)
        ? eventStream(function* () {
            yield 'data: one\n\n'
            throw new TypeError('terminated')
          })
        : undefined,
    )
    const error = await collect(against(payee).sse(url)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'ServerError', code: 'cut-stream' })
    expect((error as Error).cause).toBeInstanceOf(TypeError)
  })

  test('a redirect where none is wanted', async () => {
    const payee = fakePayee(() => new Response(null, { status: 307, headers: { location: '/other' } }))
    await expect(against(payee).fetch(url, { redirect: 'error' })).rejects.toMatchObject({
      code: 'redirected',
    })
  })

  test('nothing to top up', async () => {
    const payee = fakePayee(() => undefined)
    await expect(against(payee).topUp('0.01')).rejects.toMatchObject({ code: 'no-channel' })
  })
})
