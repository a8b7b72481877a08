/** What a payer agrees to, before anything is signed: prices, places, payees, consent, and caps over all its channels (issue 15). */

import { dirname } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Escrow from '../../../src/contracts/escrow.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { listen } from '../../../src/http/listen.ts'
import { fileJournal } from '../../../src/mpp/client/file-journal.ts'
import { type Journal, memoryJournal } from '../../../src/mpp/client/journal.ts'
import type { Confirmation, SessionOptions } from '../../../src/mpp/client/options.ts'
import { PolicyError } from '../../../src/mpp/client/policy.ts'
import { session } from '../../../src/mpp/client/session.ts'
import * as Totals from '../../../src/mpp/client/totals.ts'
import { poemServer } from '../../../src/mpp/server/example/server.ts'
import { temporary } from '../../support/cli.ts'
import { against, challengeFor, fakePayee, payable, price } from '../../support/fake-payee.ts'
import { collect, newChain, payer, paymentsOn, startKit } from '../../support/kit.ts'
import { address } from '../../support/samples.ts'

const url = 'http://payee.test/poem'

/** An account that counts what it signs. */
const counting = () => {
  const account = {
    ...payer,
    signed: 0,
    sign: (digest: Parameters<typeof payer.sign>[0]) => {
      account.signed += 1
      return payer.sign(digest)
    },
  }
  return account
}

describe.each(['v1', 'v2'] as const)('of a %s session', (sessionProtocol) => {
  const escrowContract = sessionProtocol === 'v1' ? Escrow.address : Reserve.address
  const challenge = challengeFor({}, { sessionProtocol, escrowContract })

  test.each<[string, Partial<SessionOptions>, string]>([
    ['too dear', { maxPrice: '0.000999' }, 'over-price'],
    ['over the budget of a channel', { maxDeposit: '0.000999' }, 'over-budget'],
    ['over the cap of a host', { maxPerHost: '0.000999' }, 'over-budget'],
    ['over the cap of all', { maxTotal: '0.000999' }, 'over-budget'],
    ['in a token that is not paid in', { currencies: [address('99')] }, 'unknown-currency'],
    ['to somebody else', { recipients: [address('99')] }, 'unexpected-recipient'],
    ['on a chain that is not paid on', { chains: [1] }, 'wrong-chain'],
    ['not confirmed', { confirm: () => false }, 'not-confirmed'],
    ['not confirmed in time', { confirm: async () => Promise.resolve(false) }, 'not-confirmed'],
  ])('%s: nothing is signed', async (_, options, code) => {
    const payee = fakePayee(({ payload }) => (payload === undefined ? payable(challenge) : undefined))
    const account = counting()
    const error = await against(payee, { account, ...options })
      .fetch(url)
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(PolicyError)
    expect(error).toMatchObject({ code, challenge: { id: challenge.id, request: challenge.request } })
    expect({ signed: account.signed, paid: payee.seen.some(({ payload }) => payload !== undefined) }).toEqual(
      { signed: 0, paid: false },
    )
    // The twin: the least that allows it.
    const lawful: Partial<SessionOptions> = {
      maxPrice: '0.001',
      maxDeposit: '0.001',
      maxPerHost: '0.001',
      maxTotal: '0.001',
      recipients: [address('22')],
      chains: [42431],
      confirm: () => true,
    }
    const twin = fakePayee(({ payload }) => (payload === undefined ? payable(challenge) : undefined))
    expect((await against(twin, { account, ...lawful }).fetch(url)).status).toBe(200)
    expect(twin.signed()).toBe(price)
  })
})

test('an escrow that is not trusted is declined', async () => {
  const challenge = challengeFor({}, { sessionProtocol: 'v1', escrowContract: address('77') })
  const payee = fakePayee(() => payable(challenge))
  const account = counting()
  await expect(against(payee, { account }).fetch(url)).rejects.toMatchObject({
    code: 'unknown-escrow',
    challenge: { id: 'x' },
  })
  await expect(against(payee, { account, escrows: [address('78')] }).fetch(url)).rejects.toMatchObject({
    code: 'unknown-escrow',
  })
  expect(account.signed).toBe(0)
})

describe('consent', () => {
  test('is asked for the deposit and each addition, with what is locked', async () => {
    await using kit = await startKit()
    const asked: Confirmation[] = []
    const paying = kit.session({ confirm: (question) => asked.push(question) > 0 })
    await collect(paying.sse(kit.url))
    await paying.close()
    expect(asked.map(({ action, amount }) => [action, amount])).toEqual([
      ['open', 40_000n],
      ['topUp', 40_000n],
    ])
    expect(asked.every(({ url, terms }) => url === kit.url && terms.amount === 1_000n)).toBe(true)
  })

  test('refused for an addition ends the stream with what was paid for', async () => {
    await using kit = await startKit()
    const paying = kit.session({ confirm: ({ action }) => action === 'open' })
    const got: string[] = []
    const all = (async () => {
      for await (const word of paying.sse(kit.url)) got.push(word)
    })()
    await expect(all).rejects.toMatchObject({
      code: 'not-confirmed',
      challenge: expect.objectContaining({ method: 'tempo' }),
    })
    expect(got).toHaveLength(40)
    expect(await paying.close()).toMatchObject({ paid: 40_000n, refunded: 0n })
  })
})

/** Two hosts of one payee on one chain. */
async function hosts() {
  const time = { ahead: 0 }
  const clock = () => Date.now() + time.ahead
  const chain = newChain(clock)
  const pay = paymentsOn(chain, { clock })
  const [first, second] = [await listen(poemServer(pay)), await listen(poemServer(pay))]
  const buy = (at: typeof first, journal: Journal, options: Partial<SessionOptions> = {}) =>
    session({ account: payer, chain, clock, maxDeposit: '1', journal, ...options }).fetch(`${at.url}/line`)
  return {
    chain,
    clock,
    time,
    first,
    second,
    buy,
    locked: () => chain.balance(Reserve.address),
    [Symbol.asyncDispose]: async () => {
      await first.close()
      await second.close()
    },
  }
}
const over = { code: 'over-budget' }
/** Of one transaction. */
const fee = 1_000n

describe.each<[string, () => Promise<Journal>]>([
  ['in memory', async () => memoryJournal()],
  ['in files', async () => fileJournal(dirname(temporary('x')))],
])('caps, %s', (_, newJournal) => {
  test('bound what is locked with a host and in total, and count what was paid once a channel is closed', async () => {
    await using at = await hosts()
    const journal = await newJournal()
    const own = (maxDeposit: string, options: Partial<SessionOptions>) =>
      session({ account: payer, chain: at.chain, maxDeposit, journal, ...options })
    const one = own('1', { maxPerHost: '0.05' })
    await one.fetch(`${at.first.url}/line`)
    expect(at.locked()).toBe(40_000n)
    await one.leave()
    // The rest of the cap of the host, in a channel of another budget; the first one is in use.
    const held = await journal.claim((await journal.list())[0]!.channelId)
    const two = own('1', { maxPerHost: '0.05' })
    await two.fetch(`${at.first.url}/line`)
    expect(at.locked()).toBe(50_000n)
    await expect(at.buy(at.first, journal, { maxPerHost: '0.05' })).rejects.toMatchObject(over)
    // Another host has its own, and all have one together.
    await expect(
      at.buy(at.second, journal, { maxPerHost: '0.05', maxTotal: '0.0509' }),
    ).rejects.toMatchObject(over)
    await at.buy(at.second, journal, { maxPerHost: '0.05', maxTotal: '0.051' })
    expect(at.locked()).toBe(51_000n)
    await two.close()
    await held?.()
    // 0.04 is locked there and 0.001 was paid.
    const three = own('1', { maxPerHost: '0.042' })
    await three.fetch(`${at.first.url}/line`)
    expect(await three.close()).toMatchObject({ paid: 2_000n })
    await expect(at.buy(at.first, journal, { maxPerHost: '0.0039' })).rejects.toMatchObject(over)
    await at.buy(at.first, journal, { maxPerHost: '0.004' })
  })

  test('hold for a stream that goes on, and for one that is gone on with', async () => {
    await using at = await hosts()
    const journal = await newJournal()
    const first = session({ account: payer, chain: at.chain, maxDeposit: '1', journal, maxTotal: '0.045' })
    const got: string[] = []
    const all = (async () => {
      for await (const word of first.sse(`${at.first.url}/poem`)) got.push(word)
    })()
    await expect(all).rejects.toMatchObject({
      ...over,
      challenge: expect.objectContaining({ method: 'tempo' }),
    })
    expect([got.length, at.locked()]).toEqual([45, 45_000n])
    await first.leave()
    // A lower cap than what is locked already bounds what is signed.
    const next = session({ account: payer, chain: at.chain, maxDeposit: '1', journal, maxTotal: '0.045' })
    await expect(next.fetch(`${at.first.url}/line`)).rejects.toMatchObject(over)
    await next.leave()
    const more = session({ account: payer, chain: at.chain, maxDeposit: '1', journal })
    await more.topUp('0.02').catch(() => undefined)
    expect((await more.fetch(`${at.first.url}/line`)).status).toBe(200)
    await more.leave()
    const bounded = session({ account: payer, chain: at.chain, maxDeposit: '1', journal, maxTotal: '0.046' })
    await expect(bounded.fetch(`${at.first.url}/line`)).rejects.toMatchObject(over)
    expect((await bounded.close())?.paid).toBe(46_000n)
  })

  test('let one of many calls at once pass', async () => {
    await using at = await hosts()
    const journal = await newJournal()
    const calls = Array.from({ length: 8 }, (_, i) =>
      at.buy(i % 2 ? at.first : at.second, journal, { maxDeposit: '0.01', maxTotal: '0.01' }),
    )
    const made = await Promise.allSettled(calls)
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const each of made) if (each.status === 'rejected') expect(each.reason).toMatchObject(over)
    expect(at.locked()).toBe(10_000n)
  })

  test('survive a crash at every write: never more than the cap, and what was not sent is free again', async () => {
    for (let crashAt = 1, crashed = true; crashed; crashAt++) {
      await using at = await hosts()
      const kept = await newJournal()
      let writes = 0
      crashed = false
      /** A journal whose process ends at a write; nothing of it is sent or written afterwards. */
      const write =
        <A extends unknown[], T>(act: (...args: A) => Promise<T>, after: boolean) =>
        async (...args: A): Promise<T> => {
          if (crashed) throw new Error('dead')
          writes += 1
          if (writes === crashAt && !after) {
            crashed = true
            throw new Error('dead')
          }
          const answer = await act(...args)
          if (writes === crashAt) {
            crashed = true
            throw new Error('dead')
          }
          return answer
        }
      const after = crashAt % 2 === 0
      const dying: Journal = {
        ...kept,
        save: write(kept.save, after),
        remove: write(kept.remove, after),
        tally: write(kept.tally as never, after) as never,
      }
      const fetch: typeof globalThis.fetch = async (...args) => {
        if (crashed) throw new Error('dead')
        return globalThis.fetch(...args)
      }
      const caps = { maxDeposit: '0.02', maxTotal: '0.02' }
      const doomed = session({
        account: payer,
        chain: at.chain,
        clock: at.clock,
        journal: dying,
        fetch,
        ...caps,
      })
      await (async () => {
        await doomed.fetch(`${at.first.url}/line`)
        await doomed.close()
      })().catch(() => undefined)
      // The next process, on another host: together never more than the cap.
      const next = session({ account: payer, chain: at.chain, clock: at.clock, journal: kept, ...caps })
      await next.fetch(`${at.second.url}/line`).catch((error: unknown) => expect(error).toMatchObject(over))
      const paid = 1_000_000_000_000n - at.chain.balance(payer.address)
      expect({ crashAt, within: paid <= 20_000n + 2n * fee }).toEqual({ crashAt, within: true })
      // A minute later nothing that was never sent counts; on the first host the same channel is gone on with, or a new one opened.
      at.time.ahead = 61_000
      const later = session({
        account: payer,
        chain: at.chain,
        journal: kept,
        ...caps,
        clock: at.clock,
        maxTotal: '0.05',
      })
      await later.fetch(`${at.first.url}/line`)
    }
  })
})

test('the book never counts more than a cap, whatever happens in whichever order', () => {
  const amount = fc.bigInt(0n, 60n)
  const act = fc.oneof(
    fc.record({
      kind: fc.constant('set' as const),
      name: fc.constantFrom('a', 'b', 'c'),
      host: fc.constantFrom('x', 'y'),
      wanted: amount,
      least: amount,
      until: fc.option(fc.nat(20), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('over' as const), name: fc.constantFrom('a', 'b', 'c'), paid: amount }),
  )
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      const caps = { perHost: 60n, total: 100n }
      let totals = Totals.none
      acts.forEach((each, now) => {
        if (each.kind === 'over') {
          const held = totals.aside[each.name]?.amount ?? 0n
          totals = Totals.release(totals, each.name, each.paid < held ? each.paid : held)
        } else if (totals.aside[each.name] === undefined) {
          const place = { chainId: 1, host: each.host }
          try {
            const granted = Totals.withinCaps(
              each.wanted > each.least ? each.wanted : each.least,
              each.least,
              Totals.counted(totals, place, { except: each.name, now }),
              caps,
            )
            expect(granted >= each.least).toBe(true)
            totals = Totals.setAside(totals, each.name, place, granted, undefined)
          } catch (error) {
            expect(error).toMatchObject(over)
          }
        }
        for (const host of ['x', 'y']) {
          const counts = Totals.counted(totals, { chainId: 1, host }, { except: '', now })
          expect(counts.host <= 60n && counts.total <= 100n).toBe(true)
        }
        expect(Totals.decode(Totals.encode(totals))).toEqual(totals)
      })
    }),
  )
})
