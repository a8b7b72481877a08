/** Every kind of channel, paid at our own server: v1 and v2, fees paid by either side, vouchers by the payer or a delegate. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import * as Escrow from '../../../src/contracts/escrow.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { decode, type Entry, encode, memoryJournal } from '../../../src/mpp/client/journal.ts'
import { channelsOf, forceClose } from '../../../src/mpp/client/recover.ts'
import { poemServer } from '../../../src/mpp/server/example/server.ts'
import { poem, words } from '../../../src/mpp/server/example/text.ts'
import { escrowOn, reserveOn } from '../../support/contracts.ts'
import { collect, payee, payer, startKit } from '../../support/kit.ts'
import { address } from '../../support/samples.ts'

const delegate = devAccounts[4] as KeyAccount
const price = 1_000n * BigInt(words.length)
/** Of a transaction with one call; each further call costs as much again. */
const fee = 1_000n

const serving = (sessionProtocol: 'v1' | 'v2', feePayer = false) =>
  startKit((pay) => poemServer(pay, { sessionProtocol, feePayer }))
const contractsOn = (chain: ChainClient) => ({ v1: escrowOn(chain), v2: reserveOn(chain) })

describe.each(['v1', 'v2'] as const)('%s', (protocol) => {
  /** Open and top-up approve their deposit first, where it is pulled. */
  const calls = protocol === 'v1' ? 4n : 2n

  describe.each([
    ['the payer pays its fees', false],
    ['the payee pays them', true],
  ] as const)('%s', (_, sponsored) => {
    test.each([
      ['its own vouchers', undefined],
      ['vouchers of a delegate', delegate],
    ] as const)('with %s: streams, tops up and closes, exact to the base unit', async (_name, signer) => {
      await using kit = await serving(protocol, sponsored)
      const { chain } = kit
      const before = { payee: chain.balance(payee.address), payer: chain.balance(payer.address) }
      const pay = kit.session(signer === undefined ? {} : { signer })
      expect((await collect(pay.sse(kit.url))).join(' ')).toBe(poem)
      expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
      const authorizedSigner = signer?.address.toLowerCase() ?? address('00')
      expect(pay.channel).toMatchObject({ domain: { protocol }, descriptor: { authorizedSigner } })
      expect(pay.events.filter(({ type }) => type === 'topUp')).toHaveLength(1)
      const contract = contractsOn(new ChainClient(chain))[protocol]
      const closed = await pay.close()
      const owed = price + 1_000n
      expect(closed).toMatchObject({ paid: owed, spent: owed, acceptedCumulative: owed })
      expect(closed?.refunded).toBe(80_000n - owed)
      expect(await contract.closings(closed?.channelId ?? '0x')).toMatchObject([{ settledToPayee: owed }])
      const fees = { payer: sponsored ? 0n : calls * fee, payee: (sponsored ? calls + 1n : 1n) * fee }
      expect(chain.balance(payer.address)).toBe(before.payer - owed - fees.payer)
      expect(chain.balance(payee.address)).toBe(before.payee + owed - fees.payee)
      expect(chain.balance(contract.address)).toBe(0n)
    })
  })

  test('a payer without a unit for fees opens where the payee pays them', async () => {
    await using kit = await serving(protocol, true)
    const poor = devAccounts[6] as KeyAccount
    kit.chain.fund(poor.address, 40_000n)
    const pay = kit.session({ account: poor })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(await pay.close()).toMatchObject({ paid: 1_000n, refunded: 39_000n })
    expect(kit.chain.balance(poor.address)).toBe(39_000n)
  })

  test('is gone on with by another session, as its journal has it', async () => {
    await using kit = await serving(protocol)
    const journal = memoryJournal()
    const first = kit.session({ journal, signer: delegate })
    await first.fetch(`${kit.server.url}/line`)
    await first.leave()
    const [kept] = (await journal.list()) as [Entry]
    expect(decode(encode(kept))).toEqual(kept)
    const second = kit.session({ journal, signer: delegate })
    await second.fetch(`${kit.server.url}/line`)
    expect(second.channel?.channelId).toBe(kept.channelId)
    expect(await second.close()).toMatchObject({ channelId: kept.channelId, paid: 2_000n })
  })

  test('is not gone on with by a session that signs with another key', async () => {
    await using kit = await serving(protocol)
    const journal = memoryJournal()
    const first = kit.session({ journal, signer: delegate })
    await first.fetch(`${kit.server.url}/line`)
    await first.leave()
    const [resume] = (await journal.list()) as [Entry]
    const own = kit.session({ journal, resume })
    await expect(own.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({ code: 'foreign-channel' })
    // Unless it is told to, it opens one of its own.
    const other = kit.session({ journal })
    await other.fetch(`${kit.server.url}/line`)
    expect(other.channel?.channelId).not.toBe(resume.channelId)
    await other.close()
    await kit.session({ journal, signer: delegate, resume }).close()
    expect(await journal.list()).toEqual([])
  })

  test('an open whose answer got lost is sent again, not paid again', async () => {
    await using kit = await serving(protocol, true)
    let lost = 0
    const pay = kit.session({
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (lost++ !== 1) return response
        await response.body?.cancel()
        throw new TypeError('fetch failed')
      },
    })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    const contract = contractsOn(new ChainClient(kit.chain))[protocol]
    expect(await contract.openedBy(payer.address)).toHaveLength(1)
    expect(await pay.close()).toMatchObject({ paid: 1_000n, refunded: 39_000n })
  })

  test('a deposit comes back after the grace period, whoever signed the vouchers', async () => {
    await using kit = await serving(protocol)
    const journal = memoryJournal()
    const pay = kit.session({ journal, signer: delegate })
    await pay.fetch(`${kit.server.url}/line`)
    await pay.leave()
    const contract = contractsOn(new ChainClient(kit.chain))[protocol]
    const found = await channelsOf(new ChainClient(kit.chain), payer.address, contract.address)
    const [kept] = (await journal.list()) as [Entry]
    expect(found).toEqual([
      { channelId: kept.channelId, descriptor: kept.descriptor, escrow: contract.address },
    ])
    const recovery = { account: payer, chain: kit.chain, ...(found[0] as (typeof found)[number]) }
    expect(await forceClose(recovery)).toMatchObject({ state: 'closing', ready: false })
    kit.chain.increaseTime(await contract.closeGraceSeconds())
    const ended = { state: 'closed', paid: 0n, refunded: 40_000n }
    expect(await forceClose(recovery)).toEqual(ended)
    expect(await forceClose(recovery)).toEqual(ended)
    expect(kit.chain.balance(contract.address)).toBe(0n)
  })
})

describe('an escrow', () => {
  const foreign = Escrow.draftAddress
  const elsewhere = () => startKit((pay) => poemServer(pay, { sessionProtocol: 'v1' }), { escrow: foreign })

  test('that the payer does not know gets no deposit', async () => {
    await using kit = await elsewhere()
    const pay = kit.session()
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({ code: 'unknown-escrow' })
    expect(kit.chain.head.number).toBe(0)
  })

  test('that it was told to trust does; none does when it trusts none', async () => {
    await using kit = await elsewhere()
    const pay = kit.session({ escrows: [foreign] })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(kit.chain.balance(foreign)).toBe(40_000n)
    expect(await pay.close()).toMatchObject({ paid: 1_000n })
    await using usual = await serving('v1')
    const strict = usual.session({ escrows: [] })
    await expect(strict.fetch(`${usual.server.url}/line`)).rejects.toMatchObject({ code: 'unknown-escrow' })
    expect(usual.chain.balance(Reserve.address)).toBe(0n)
  })
})
