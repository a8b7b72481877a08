/** Nothing is lost with the process: the journal, resuming, closing, and getting a deposit back by force (issue 12, 15). */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { fileJournal } from '../../../src/mpp/client/file-journal.ts'
import { decode, type Entry, encode, type Journal, memoryJournal } from '../../../src/mpp/client/journal.ts'
import { channelsOf, forceClose, standingOf } from '../../../src/mpp/client/recover.ts'
import { poem, words } from '../../../src/mpp/server/example/text.ts'
import { reserveOn } from '../../support/contracts.ts'
import { collect, type Kit, newChain, payer, startKit } from '../../support/kit.ts'
import { bytes32, descriptor, reserve, terms } from '../../support/samples.ts'

const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'streamed-payments-journal-'))
  folders.push(made)
  return made
}
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true })
})

const entry: Entry = {
  channelId: bytes32('c1'),
  descriptor,
  escrow: reserve,
  chainId: 42_431,
  url: 'http://payee.test/poem',
  phase: 'opening',
  deposit: 40_000n,
  authorized: 2_000n,
  delivered: 1_000n,
  terms,
  open: {
    action: 'open',
    type: 'transaction',
    channelId: bytes32('c1'),
    descriptor,
    cumulativeAmount: 1_000n,
    signature: '0x11',
    transaction: '0x76',
  },
  openedAt: 1_700_000_000_000,
}

describe.each<[string, () => Promise<Journal>]>([
  ['in memory', async () => memoryJournal()],
  ['in a folder', () => fileJournal(folder())],
])('a journal %s', (_, build) => {
  test('keeps channels, oldest first, and forgets them', async () => {
    const journal = await build()
    await journal.check()
    const second = { ...entry, channelId: bytes32('c2'), openedAt: entry.openedAt - 1 }
    await journal.save(entry)
    await journal.save(second)
    await journal.save({ ...entry, authorized: 3_000n })
    expect(await journal.list()).toEqual([second, { ...entry, authorized: 3_000n }])
    await journal.remove(entry.channelId)
    await journal.remove(entry.channelId)
    expect(await journal.list()).toEqual([second])
  })

  test('gives a channel to one at a time', async () => {
    const journal = await build()
    const claims = await Promise.all(Array.from({ length: 8 }, () => journal.claim(entry.channelId)))
    const held = claims.filter((release) => release !== undefined)
    expect(held).toHaveLength(1)
    await held[0]?.()
    expect(await journal.claim(entry.channelId)).toBeDefined()
  })
})

describe('a journal in a folder', () => {
  test('is text that decodes to what it was', () => expect(decode(encode(entry))).toEqual(entry))

  test('takes over from a process that died, and not from one whose number is used again', async () => {
    const at = folder()
    const journal = await fileJournal(at)
    const lock = join(at, `${entry.channelId}.lock.3`)
    for (const dead of ['4194304 1', `${process.pid} 1`, 'nonsense', '']) {
      writeFileSync(lock, dead)
      const releases = await Promise.all(Array.from({ length: 4 }, () => journal.claim(entry.channelId)))
      expect(releases.filter((release) => release !== undefined)).toHaveLength(1)
      await releases.find((release) => release !== undefined)?.()
    }
    expect(readdirSync(at)).toEqual([])
  })

  test('is read by its owner alone; what is broken in it is said', async () => {
    const at = folder()
    const journal = await fileJournal(at)
    await journal.save(entry)
    writeFileSync(join(at, `${bytes32('c3')}.json`), '{')
    await expect(journal.list()).rejects.toThrow('cannot be read')
    expect(readFileSync(join(at, `${entry.channelId}.json`), 'utf8')).toContain('"authorized": "2000"')
  })

  test.skipIf(process.getuid?.() === 0)('that cannot be written says so', async () => {
    const at = folder()
    const journal = await fileJournal(at)
    chmodSync(at, 0o500)
    await expect(journal.check()).rejects.toThrow('EACCES')
    chmodSync(at, 0o700)
  })
})

describe('a full disk', () => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
  /** A journal with room for `room` writes. */
  const smallJournal = (room: number): Journal => {
    const journal = memoryJournal()
    let left = room
    const write = async () => {
      if (left-- <= 0) throw full
    }
    return {
      ...journal,
      check: write,
      save: async (kept) => {
        await write()
        await journal.save(kept)
      },
    }
  }

  test('before the open: nothing is signed, nothing is sent', async () => {
    await using kit = await startKit()
    const account = { ...payer, sign: () => Promise.reject(new Error('nothing may be signed')) }
    const pay = kit.session({ account, journal: smallJournal(0) })
    await expect(pay.fetch(kit.url)).rejects.toBe(full)
    expect(kit.chain.head.number).toBe(0)
  })

  test.each([1, 2, 3, 4, 5, 6, 7])('after %i writes: no voucher above what is kept', async (room) => {
    await using kit = await startKit()
    const journal = smallJournal(room)
    const pay = kit.session({ journal })
    const words: string[] = []
    await expect(
      (async () => {
        for await (const word of pay.sse(kit.url)) words.push(word)
      })(),
    ).rejects.toBe(full)
    const [kept] = await journal.list()
    const vouchers = pay.events.flatMap((event) => (event.type === 'voucher' ? [event.cumulativeAmount] : []))
    const most = vouchers.at(-1) ?? 0n
    expect(most <= (kept?.authorized ?? 0n)).toBe(true)
    expect(words.length).toBeLessThanOrEqual(room)
  })
})

describe('a process that dies', () => {
  /** Reads `count` words and is gone: nothing is closed, the journal stays. */
  async function dies(kit: Kit, journal: Journal, count: number) {
    const pay = kit.session({ journal })
    const stream = pay.sse(kit.url)
    for (let i = 0; i < count; i++) await stream.next()
    const { channel } = pay
    // A new process would find the lock of a dead one.
    return { ...journal, claim: async () => async () => undefined, channelId: channel?.channelId }
  }

  test.each([1, 7, 41])(
    'after %i words: the next one goes on with its channel, and pays no word twice',
    async (count) => {
      await using kit = await startKit()
      const after = await dies(kit, await fileJournal(folder()), count)
      const pay = kit.session({ journal: after })
      expect((await collect(pay.sse(kit.url))).join(' ')).toBe(poem)
      expect(pay.channel?.channelId).toBe(after.channelId)
      expect(pay.events.map(({ type }) => type)).not.toContain('open')
      const closed = await pay.close()
      const read = 1_000n * BigInt(count + words.length)
      // One word may have been under way.
      expect((closed?.paid ?? 0n) - read).toBeGreaterThanOrEqual(0n)
      expect((closed?.paid ?? 0n) - read).toBeLessThanOrEqual(1_000n)
      expect(await after.list()).toEqual([])
      expect(kit.chain.balance(Reserve.address)).toBe(0n)
    },
  )

  test('between the journal and the open: the same open is sent by the next one', async () => {
    await using kit = await startKit()
    const journal = memoryJournal()
    const first = kit.session({
      journal,
      fetch: async (input, init) => {
        if (new Headers(init?.headers).has('authorization')) throw new TypeError('killed')
        return fetch(input, init)
      },
    })
    await expect(first.fetch(kit.url)).rejects.toThrow('killed')
    const [kept] = await journal.list()
    expect(kept).toMatchObject({ phase: 'opening' })
    const next = kit.session({ journal: { ...journal, claim: async () => async () => undefined } })
    await next.fetch(`${kit.server.url}/line`)
    expect(next.channel?.channelId).toBe(kept?.channelId)
    expect(await next.close()).toMatchObject({ paid: 1_000n })
  })

  test('whose open can no longer be mined: it is forgotten', async () => {
    await using kit = await startKit()
    const journal = memoryJournal()
    const options = { journal: { ...journal, claim: async () => async () => undefined } }
    const unreachable = async () => Promise.reject(new TypeError('unreachable'))
    const asking: typeof fetch = (input, init) =>
      new Headers(init?.headers).has('authorization') ? unreachable() : fetch(input, init)
    await expect(
      kit.session({ ...options, fetch: asking, clock: () => Date.now() - 60_000 }).fetch(kit.url),
    ).rejects.toThrow('unreachable')
    const [kept] = await journal.list()
    const pay = kit.session(options)
    await pay.fetch(`${kit.server.url}/line`)
    expect(pay.channel?.channelId).not.toBe(kept?.channelId)
    expect((await journal.list()).map(({ channelId }) => channelId)).not.toContain(kept?.channelId)
    await pay.close()
  })

  test('two at once on one journal do not share a channel', async () => {
    await using kit = await startKit()
    const at = folder()
    const [one, two] = [await fileJournal(at), await fileJournal(at)]
    const first = kit.session({ journal: one })
    await first.fetch(`${kit.server.url}/line`)
    const second = kit.session({ journal: two })
    await second.fetch(`${kit.server.url}/line`)
    expect(second.channel?.channelId).not.toBe(first.channel?.channelId)
    await first.leave()
    const third = kit.session({ journal: two })
    await third.fetch(`${kit.server.url}/line`)
    expect(third.events[0]).toMatchObject({ type: 'challenge' })
    expect(third.events[1]).toMatchObject({ type: 'resume' })
    expect(await third.close()).toMatchObject({ paid: 2_000n })
    expect(await second.close()).toMatchObject({ paid: 1_000n })
    expect(await one.list()).toEqual([])
  })
})

describe('a close', () => {
  /** Spoils the answer to a close. */
  const spoilt = (spoil: (response: Response) => Response | Promise<Response>): typeof fetch => {
    return async (input, init) => {
      const response = await fetch(input, init)
      const field = new Headers(init?.headers).get('authorization') ?? ''
      const closes = Buffer.from(field.slice(8), 'base64url').toString().includes('"action":"close"')
      return closes ? spoil(response) : response
    }
  }

  test.each<[string, (response: Response) => Response | Promise<Response>]>([
    ['whose answer is lost', () => Promise.reject(new TypeError('fetch failed'))],
    ['whose answer is another one’s', () => new Response('what?', { status: 500 })],
    ['whose answer has no receipt', () => new Response('closed')],
    ['answered 410', () => new Response(null, { status: 410 })],
    ['with a malformed receipt', () => new Response(null, { headers: { 'payment-receipt': '!' } })],
  ])('%s: the chain decides', async (_, spoil) => {
    await using kit = await startKit()
    const journal = memoryJournal()
    const pay = kit.session({ fetch: spoilt(spoil), journal })
    await pay.fetch(`${kit.server.url}/line`)
    expect(await pay.close()).toMatchObject({ paid: 1_000n, refunded: 39_000n, spent: 1_000n })
    expect(await journal.list()).toEqual([])
    expect(await pay.close()).toBeUndefined()
  })

  test('that is only claimed is not believed, and can be tried again', async () => {
    await using kit = await startKit()
    let lie = true
    let receipt = ''
    const journal = memoryJournal()
    const pay = kit.session({
      journal,
      fetch: async (input, init) => {
        if (lie && init?.method === 'POST')
          return new Response(null, { headers: { 'payment-receipt': receipt } })
        const response = await fetch(input, init)
        receipt = response.headers.get('payment-receipt') ?? receipt
        return response
      },
    })
    await pay.fetch(`${kit.server.url}/line`)
    await expect(pay.close()).rejects.toMatchObject({ code: 'not-closed' })
    expect(await journal.list()).toHaveLength(1)
    lie = false
    expect(await pay.close()).toMatchObject({ paid: 1_000n })
  })

  test('by the payee, unasked: 410 looks for it on chain, and the next call opens a channel', async () => {
    await using kit = await startKit()
    const journal = memoryJournal()
    const pay = kit.session({ journal })
    const other = kit.session({ journal: { ...journal, claim: async () => async () => undefined } })
    await pay.fetch(`${kit.server.url}/line`)
    await other.fetch(`${kit.server.url}/line`)
    expect(other.channel?.channelId).toBe(pay.channel?.channelId)
    await other.close()
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({ status: 410 })
    expect(pay.events.at(-1)).toMatchObject({ type: 'closed', paid: 2_000n })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(await pay.close()).toMatchObject({ paid: 1_000n })
    expect(kit.chain.balance(Reserve.address)).toBe(0n)
  })
})

describe('without the payee', () => {
  test('a deposit comes back after the grace period, less what was settled', async () => {
    await using kit = await startKit()
    const journal = memoryJournal()
    const pay = kit.session({ journal })
    await collect(pay.sse(kit.url))
    await pay.leave()
    const [kept] = (await journal.list()) as [Entry]
    const contract = reserveOn(new ChainClient(kit.chain))
    const recovery = { account: payer, chain: kit.chain, ...kept }
    expect(await standingOf(contract, kept.channelId)).toMatchObject({ state: 'open', deposit: 80_000n })
    const begun = await forceClose(recovery)
    expect(begun).toMatchObject({ state: 'closing', ready: false })
    expect(await forceClose(recovery)).toEqual(begun)
    kit.chain.increaseTime(Reserve.closeGracePeriodSeconds)
    const ended = await forceClose(recovery)
    expect(ended).toMatchObject({ state: 'closed' })
    expect(await forceClose(recovery)).toEqual(ended)
    expect(kit.chain.balance(Reserve.address)).toBe(0n)
    // Its channel is over: the next session does not go on with it.
    const next = kit.session({ journal })
    await next.fetch(`${kit.server.url}/line`)
    expect(next.channel?.channelId).not.toBe(kept.channelId)
    await next.close()
    expect(await journal.list()).toEqual([])
  })

  test('channels that no journal knows are found on chain', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    await pay.fetch(`${kit.server.url}/line`)
    const found = await channelsOf(new ChainClient(kit.chain), payer.address)
    const { channelId, descriptor } = pay.channel ?? {}
    expect(found).toEqual([{ channelId, descriptor, escrow: reserve }])
    await pay.close()
  })

  test('what was never opened is absent', async () => {
    expect(await standingOf(reserveOn(new ChainClient(newChain())), bytes32('c1'))).toEqual({
      state: 'absent',
    })
  })
})
