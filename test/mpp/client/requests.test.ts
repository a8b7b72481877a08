/** Requests of one session: at the same time, with bodies, lost on the way, and sent elsewhere (issue 12, 13, 14, 16, 17). */
import { describe, expect, test } from 'vitest'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { listen } from '../../../src/http/listen.ts'
import { words } from '../../../src/mpp/server/example/text.ts'
import {
  against,
  challengeFor,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
} from '../../support/fake-payee.ts'
import { collect, startKit } from '../../support/kit.ts'

const url = 'http://payee.test/poem'
const opens = (payee: FakePayee) => payee.seen.filter(({ payload }) => payload?.action === 'open').length

describe('at the same time', () => {
  test('on a fresh session: one channel, and all are answered', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    const answers = await Promise.all([
      ...Array.from({ length: 4 }, async () => (await pay.fetch(`${kit.server.url}/line`)).status),
      collect(pay.sse(kit.url)).then((data) => data.length),
    ])
    expect(answers).toEqual([200, 200, 200, 200, words.length])
    expect(pay.events.filter(({ type }) => type === 'open')).toHaveLength(1)
    expect(await pay.close()).toMatchObject({ spent: 62_000n, acceptedCumulative: 62_000n })
    expect(kit.chain.balance(Reserve.address)).toBe(0n)
  })

  test('on an open channel: twenty of twenty, and nothing is signed twice', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    await pay.fetch(`${kit.server.url}/line`)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await pay.fetch(`${kit.server.url}/line`)).status),
    )
    expect(answers).toEqual(Array(20).fill(200))
    expect(await pay.close()).toMatchObject({ spent: 21_000n, acceptedCumulative: 21_000n })
  })

  test('beside a stream that waits for its voucher', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    const stream = pay.sse(kit.url)
    let units = 0
    let fetched = 0
    for await (const _ of stream) {
      units++
      if (units % 5 === 0) fetched += (await pay.fetch(`${kit.server.url}/line`)).status === 200 ? 1 : 0
    }
    expect([units, fetched]).toEqual([words.length, Math.floor(words.length / 5)])
    const closed = await pay.close()
    expect(closed).toMatchObject({ spent: 1_000n * BigInt(units + fetched) })
    // One unit for each of the two requests under way.
    expect(closed?.acceptedCumulative).toBeLessThanOrEqual((closed?.spent ?? 0n) + 2_000n)
  })

  test('a payee that gives it all to the stream holds one unit for each of the two', async () => {
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.payload === undefined) return undefined
      if (seen.url.endsWith('/stream'))
        return eventStream(async function* () {
          yield 'data: one\n\n'
          await new Promise(() => undefined)
        })
      return payable(challengeFor(), 'session/insufficient-balance')
    })
    const pay = against(payee)
    const stream = pay.sse('http://payee.test/stream')
    await stream.next()
    for (let i = 0; i < 5; i++) await expect(pay.fetch(url)).rejects.toMatchObject({ name: 'PaymentRefused' })
    expect(payee.signed()).toBe(3n * price)
  })
})

describe('a channel belongs to its payee’s origin', () => {
  test('no other origin is sent a credential, or paid from it', async () => {
    const payee = fakePayee(() => undefined)
    const pay = against(payee)
    await pay.fetch(url)
    await expect(pay.fetch('http://other.test/poem')).rejects.toMatchObject({ code: 'foreign-origin' })
    const elsewhere = payee.seen.filter(({ url: at }) => at.startsWith('http://other.test'))
    expect(elsewhere).toHaveLength(1)
    expect(elsewhere[0]?.payload).toBeUndefined()
    // The fake payee opens no channel, so there is none to top up or close.
    await expect(pay.topUp('0.1')).rejects.toThrow()
    await expect(pay.close()).rejects.toMatchObject({ code: 'not-closed' })
    expect(payee.seen.filter(({ payload }) => payload !== undefined).every(({ url: at }) => at === url)).toBe(
      true,
    )
  })

  test('what is free elsewhere may be fetched', async () => {
    const payee = fakePayee((seen) => (seen.url.includes('free.test') ? new Response('free') : undefined))
    const pay = against(payee)
    await pay.fetch(url)
    expect(await (await pay.fetch('http://free.test/')).text()).toBe('free')
    expect(payee.seen.at(-1)?.payload).toBeUndefined()
  })

  test.each([301, 302, 303, 307, 308])(
    '%i to another origin is not followed, paid or not',
    async (status) => {
      for (const to of [
        'http://thief.test/',
        '//thief.test/',
        'https://payee.test/poem',
        'http://payee.test:81/poem',
      ]) {
        let away = false
        const payee = fakePayee((seen) =>
          away || seen.url !== url ? new Response(null, { status, headers: { location: to } }) : undefined,
        )
        const pay = against(payee)
        await pay.fetch(url)
        away = true
        await expect(pay.fetch(url)).rejects.toMatchObject({ code: 'redirected' })
        expect(payee.seen.every((seen) => seen.url === url)).toBe(true)
        const unpaid = fakePayee(() => new Response(null, { status, headers: { location: to } }))
        await expect(against(unpaid).fetch(url)).rejects.toMatchObject({ code: 'redirected' })
      }
    },
  )

  test('within the origin it is followed with the credential, in either field, and the channel is closed there', async () => {
    for (const header of [undefined, 'Payment-Authorization']) {
      const challenge = header === undefined ? challengeFor() : challengeFor({}, {}, { header })
      const payee = fakePayee((seen) => {
        if (seen.url === url) return new Response(null, { status: 307, headers: { location: '/moved' } })
        return seen.payload === undefined ? payable(challenge) : undefined
      })
      const pay = against(payee)
      expect((await pay.fetch(url, { method: 'POST', body: 'a' })).status).toBe(200)
      expect(payee.seen.map(({ url: at, body }) => [at.slice(17), body])).toEqual([
        ['/poem', 'a'],
        ['/moved', 'a'],
        ['/poem', 'a'],
        ['/moved', 'a'],
      ])
      expect(opens(payee)).toBe(2)
      await expect(pay.close()).rejects.toMatchObject({ code: 'not-closed' })
      expect(payee.seen.at(-1)?.url).toBe('http://payee.test/moved')
    }
  })

  test('without end it is not followed', async () => {
    const payee = fakePayee(() => new Response(null, { status: 302, headers: { location: '/poem' } }))
    await expect(against(payee).fetch(url)).rejects.toMatchObject({ code: 'redirected' })
    expect(payee.seen.length).toBeLessThan(10)
  })

  test('real servers: fetch itself would have followed', async () => {
    await using kit = await startKit()
    const stolen: string[] = []
    await using thief = await listen(async (request) => {
      stolen.push([...request.headers.keys()].join(' '))
      return new Response('thank you')
    })
    const pay = kit.session({
      fetch: async (input, init) => {
        const away = new Headers(init?.headers).has('authorization')
        const response = await fetch(input, init)
        return away ? new Response(null, { status: 307, headers: { location: `${thief.url}/` } }) : response
      },
    })
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({ code: 'redirected' })
    expect(stolen).toEqual([])
  })
})

describe('an answer that gets lost', () => {
  /** A session that loses the answers of the first `count` paid requests that `which` picks. */
  const losing = (kit: Awaited<ReturnType<typeof startKit>>, count: number, keys: (string | null)[]) => {
    let left = count
    return kit.session({
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        const headers = new Headers(init?.headers)
        if (!headers.has('authorization') || init?.method === 'HEAD') return response
        keys.push(headers.get('idempotency-key'))
        if (left-- <= 0) return response
        await response.body?.cancel()
        throw new TypeError('fetch failed')
      },
    })
  }

  test('is asked for again under the same key, and charged once', async () => {
    await using kit = await startKit()
    const keys: (string | null)[] = []
    const pay = losing(kit, 1, keys)
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(await pay.close()).toMatchObject({ spent: 2_000n, acceptedCumulative: 2_000n })
    expect(keys).toHaveLength(4)
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
    expect(keys[3]).toBeNull()
  })

  test('a key of the caller’s own is kept, and a challenge that is replaced keeps it too', async () => {
    let refuse = true
    const payee = fakePayee((seen) => {
      if (seen.payload === undefined || !refuse) return undefined
      refuse = false
      return payable(challengeFor(), 'invalid-challenge')
    })
    await against(payee).fetch(url, { headers: { 'idempotency-key': 'order-7' } })
    const paid = payee.seen.filter(({ payload }) => payload !== undefined)
    expect(paid.map(({ headers }) => headers.get('idempotency-key'))).toEqual(['order-7', 'order-7'])
  })

  test('lost every time, it is told; the next call does not pay for it again', async () => {
    await using kit = await startKit()
    const pay = losing(kit, 3, [])
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toThrow('fetch failed')
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    const closed = await pay.close()
    // The first call was charged and its answer lost; only a key of the caller's could have saved it.
    expect(closed?.spent).toBe(2_000n)
  })
})

describe('a request with a body', () => {
  const echo = () =>
    startKit((pay) => {
      const fixed = pay.fixed(
        { amount: '0.001', suggestedDeposit: '0.100' },
        async (request) => new Response(await request.text()),
      )
      const stream = pay.stream({ amount: '0.001', suggestedDeposit: '0.100' }, async function* (request) {
        for (const letter of await request.text()) yield letter
      })
      return (request) => (request.url.endsWith('/stream') ? stream : fixed)(request)
    })
  const post = (body: RequestInit['body']) => ({ method: 'POST', body, duplex: 'half' }) as RequestInit

  test('is paid for as often as it is sent, each time under a challenge of its own', async () => {
    await using kit = await echo()
    const pay = kit.session()
    for (const body of ['a', 'b', 'b', 'c'])
      expect(await (await pay.fetch(kit.url, post(body))).text()).toBe(body)
    expect(await (await pay.fetch(kit.url, post('a'))).text()).toBe('a')
    expect(await pay.close()).toMatchObject({ spent: 5_000n, acceptedCumulative: 5_000n })
    expect(kit.chain.balance(Reserve.address)).toBe(0n)
  })

  test('streams: its pauses and its close are managed under a challenge without a digest', async () => {
    await using kit = await echo()
    const pay = kit.session()
    expect(await collect(pay.sse(`${kit.server.url}/stream`, post('abc')))).toEqual(['a', 'b', 'c'])
    expect(await collect(pay.sse(`${kit.server.url}/stream`, post('de')))).toEqual(['d', 'e'])
    expect(await pay.close()).toMatchObject({ spent: 5_000n, acceptedCumulative: 5_000n })
  })

  test.each<[string, () => RequestInit['body'], string]>([
    ['a stream', () => new Blob(['once']).stream(), 'once'],
    ['a form', () => new URLSearchParams({ a: '1' }), 'a=1'],
    ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
    ['a blob', () => new Blob(['blob']), 'blob'],
  ])('%s is read once, before anything is paid', async (_, body, text) => {
    await using kit = await echo()
    const pay = kit.session()
    for (let i = 0; i < 2; i++) expect(await (await pay.fetch(kit.url, post(body()))).text()).toBe(text)
    expect(await pay.close()).toMatchObject({ spent: 2_000n })
  })

  test('one that is too large is declined before anything is sent', async () => {
    const payee = fakePayee(() => undefined)
    const pay = against(payee, { limits: { maxRequestBytes: 3 } })
    await expect(pay.fetch(url, post('four'))).rejects.toMatchObject({ code: 'body-too-large' })
    expect(payee.seen).toEqual([])
    expect((await pay.fetch(url, post('abc'))).status).toBe(200)
  })
})

test('a good answer after all: what was paid for is handed on', async () => {
  const payee: FakePayee = fakePayee((seen) =>
    seen.payload === undefined ? undefined : paidFor(payee.receipt(price), 'words'),
  )
  expect(await (await against(payee).fetch(url)).text()).toBe('words')
  expect(opens(payee)).toBe(1)
})

test('a challenge that is over is not answered: another is asked for first', async () => {
  let now = Date.now()
  let issued = 0
  const payee: FakePayee = fakePayee(({ payload }) => {
    if (payload !== undefined) return undefined
    const expires = new Date(now + 60_000).toISOString()
    return payable(challengeFor({}, {}, { id: String(++issued), expires }))
  })
  const pay = against(payee, { clock: () => now })
  await pay.fetch(url)
  now += 61_000
  await pay.fetch(url)
  await pay.close().catch(() => undefined)
  now += 61_000
  await pay.close().catch(() => undefined)
  const answered = payee.seen.flatMap(({ challenge }) => challenge?.id ?? [])
  expect(answered).toEqual(['1', '2', '2', '3'])
})

test('a login goes with what manages the channel too, where payment leaves Authorization to it', async () => {
  const header = 'Payment-Authorization'
  const payee: FakePayee = fakePayee(({ payload }) =>
    payload === undefined ? payable(challengeFor({}, {}, { header })) : undefined,
  )
  const pay = against(payee)
  await pay.fetch(url, { headers: { authorization: 'Bearer open-sesame' } })
  await pay.close().catch(() => undefined)
  const paid = payee.seen.filter(({ payload }) => payload !== undefined)
  expect(paid.map(({ payload }) => payload?.action)).toEqual(['open', 'close'])
  expect(paid.map(({ headers }) => headers.get('authorization'))).toEqual(Array(2).fill('Bearer open-sesame'))
})
