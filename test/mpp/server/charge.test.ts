/** One-off payments: verified before they are sent, counted once, and delivered for. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import type { Rpc } from '../../../src/chain/rpc.ts'
import { RpcUnreachable } from '../../../src/chain/rpc.ts'
import type { Hex } from '../../../src/codec/hex.ts'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import { keccak256, keccakText } from '../../../src/keys/keccak.ts'
import type { ChargeOffer } from '../../../src/mpp/server/charge/offer.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { lmdbStore } from '../../../src/mpp/server/store/lmdb.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import type { Transfer } from '../../../src/mpp/wire/tempo-charge.ts'
import { authorize, challengeOf, prove, signTransfers } from '../../support/charge.ts'
import { newChain, payee, payer, paymentsOn } from '../../support/kit.ts'

const price = 10_000n
const url = 'http://test/charge'

/** A server with one resource for a cent. */
function shop(
  options: Partial<PayeeOptions> = {},
  offer: Partial<ChargeOffer> = {},
  respond = () => 'goods',
) {
  const chain = newChain()
  const pay = paymentsOn(chain, options)
  const handle = pay.charge({ amount: '0.010', ...offer }, () => new Response(respond()))
  const send = (headers: HeadersInit = {}) => handle(new Request(url, { headers }))
  const challenge = async () => challengeOf(await send())
  const paid = () => chain.balance(payee.address) - 1_000_000_000_000n
  return { chain, pay, send, challenge, paid }
}

const pull = (signature: Hex) => ({ type: 'transaction', signature })
const problemIn = async (response: Response) => {
  expect(response.headers.has('payment-receipt')).toBe(false)
  return Problem.slug(Problem.decode(await response.text()))
}

describe('a charge', () => {
  test('is paid by a transaction the server broadcasts, once', async () => {
    const { chain, send, challenge, paid } = shop({}, { externalId: 'order 7' })
    const asked = await challenge()
    const raw = await signTransfers(chain, asked)
    const answer = await send(authorize(asked, pull(raw)))
    expect([answer.status, await answer.text()]).toEqual([200, 'goods'])
    expect(answer.headers.get('cache-control')).toBe('private')
    expect(Receipt.decodeCore(answer.headers.get('payment-receipt') ?? '')).toMatchObject({
      method: 'tempo',
      status: 'success',
      reference: keccak256(raw),
      externalId: 'order 7',
    })
    expect(paid()).toBe(price)
    const again = await send(authorize(asked, pull(raw)))
    expect([again.status, await problemIn(again)]).toEqual([402, 'invalid-challenge'])
    const second = await send(authorize(asked, pull(await signTransfers(chain, asked))))
    expect(await problemIn(second)).toBe('invalid-challenge')
    expect(paid()).toBe(price)
  })

  test('is paid by a transaction the payer broadcast, once, and only for its own challenge', async () => {
    const { chain, send, challenge, paid } = shop({}, { modes: ['pull', 'push'] })
    const [asked, other] = [await challenge(), await challenge()]
    expect(asked.id).not.toBe(other.id)
    const { hash } = await new ChainClient(chain).broadcast(await signTransfers(chain, asked))
    expect(await problemIn(await send(authorize(other, { type: 'hash', hash })))).toBe('verification-failed')
    expect((await send(authorize(asked, { type: 'hash', hash }))).status).toBe(200)
    expect(await problemIn(await send(authorize(asked, { type: 'hash', hash })))).toBe('invalid-challenge')
    expect(paid()).toBe(price)
  })

  test('is not paid by a transaction that was on chain before it was handed over', async () => {
    const chain = newChain()
    const [one, two] = [shop({ chain }), shop({ chain })]
    const raw = await signTransfers(chain, await one.challenge())
    expect((await one.send(authorize(await one.challenge(), pull(raw)))).status).toBe(200)
    // Another server of the same account, or this one with its memory gone, has never seen it.
    const replayed = await two.send(authorize(await two.challenge(), pull(raw)))
    expect(await problemIn(replayed)).toBe('verification-failed')
    const hash = keccak256(raw)
    expect(await problemIn(await one.send(authorize(await one.challenge(), { type: 'hash', hash })))).toBe(
      'verification-failed',
    )
  })

  test('of ten requests with one credential serves one', async () => {
    const { chain, send, challenge, paid } = shop()
    const asked = await challenge()
    const headers = authorize(asked, pull(await signTransfers(chain, asked)))
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(headers)))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(paid()).toBe(price)
  })

  const withMemo: Partial<ChargeOffer> = { modes: ['pull', 'push'] }
  test.each<[string, Partial<Transfer>, Partial<ChargeOffer>]>([
    ['for less', { amount: price - 1n }, {}],
    ['for more', { amount: price + 1n }, {}],
    ['to another', { to: payer.address }, {}],
    ['with another memo', { memo: `0x${'11'.repeat(32)}` as const }, withMemo],
    ['with no memo', { memo: undefined }, withMemo],
  ])('a transfer %s is refused and not sent, and the challenge is still good', async (_, change, offer) => {
    const { chain, send, challenge } = shop({}, offer)
    const asked = await challenge()
    const before = chain.balance(payer.address)
    const wrong = await send(authorize(asked, pull(await signTransfers(chain, asked, { change }))))
    expect(await problemIn(wrong)).toBe('verification-failed')
    expect(chain.balance(payer.address)).toBe(before)
    expect((await send(authorize(asked, pull(await signTransfers(chain, asked))))).status).toBe(200)
  })

  test('one that expired is refused', async () => {
    let now = Date.now()
    const { chain, send, challenge, paid } = shop({ clock: () => now }, { challengeTtlSeconds: 5 })
    const asked = await challenge()
    const raw = await signTransfers(chain, asked)
    now += 5_000
    expect(await problemIn(await send(authorize(asked, pull(raw))))).toBe('payment-expired')
    expect(paid()).toBe(0n)
  })

  test('that is sponsored costs its payer the price alone', async () => {
    const { chain, send, challenge } = shop({}, { feePayer: true })
    const asked = await challenge()
    const before = chain.balance(payer.address)
    expect((await send(authorize(asked, pull(await signTransfers(chain, asked))))).status).toBe(200)
    expect(before - chain.balance(payer.address)).toBe(price)
    const next = await challenge()
    const hash = `0x${'22'.repeat(32)}`
    expect(await problemIn(await send(authorize(next, { type: 'hash', hash })))).toBe('verification-failed')
  })

  test('a price in coin is not paid with a proof', async () => {
    const { send, challenge } = shop()
    expect(await problemIn(await send(await prove(await challenge())))).toBe('verification-failed')
  })

  test('content that fails leaves the payment good for another try', async () => {
    let broken = true
    const { chain, send, challenge, paid } = shop({}, {}, () => {
      if (broken) throw new Error('out of goods')
      return 'goods'
    })
    const asked = await challenge()
    const headers = authorize(asked, pull(await signTransfers(chain, asked)))
    await expect(send(headers)).rejects.toThrow('out of goods')
    broken = false
    expect((await send(headers)).status).toBe(200)
    expect((await send(headers)).status).toBe(402)
    expect(paid()).toBe(price)
  })

  test('an answer of the node that is lost does not lose the payment', async () => {
    const chain = newChain()
    let cut = true
    const lossy: Rpc = {
      async request(request) {
        const answer = await chain.request(request)
        if (request.method.startsWith('eth_sendRawTransaction') && cut) down = true
        if (!down) return answer
        throw new RpcUnreachable('http://node', 'the connection broke')
      },
    }
    let down = false
    const { send, challenge } = shop({ chain: lossy })
    const before = chain.balance(payee.address)
    const asked = await challenge()
    const headers = authorize(asked, pull(await signTransfers(chain, asked)))
    expect(await problemIn(await send(headers))).toBe('verification-failed')
    down = cut = false
    // Meanwhile nothing else can be paid for this challenge.
    const other = authorize(asked, pull(await signTransfers(chain, asked)))
    expect(await problemIn(await send(other))).toBe('invalid-challenge')
    expect((await send(headers)).status).toBe(200)
    expect((await send(headers)).status).toBe(402)
    expect(chain.balance(payee.address) - before).toBe(price)
  })

  test('a transaction that reverts pays for nothing, and the challenge is still good', async () => {
    const poor = accountFromKey(keccakText('a payer with money for the fee alone'))
    const { chain, send, challenge } = shop()
    chain.fund(poor.address, 2n * price)
    const asked = await challenge()
    const raw = await signTransfers(chain, asked, { account: poor })
    chain.fund(poor.address, price - 1n)
    expect(await problemIn(await send(authorize(asked, pull(raw))))).toBe('verification-failed')
    expect((await send(authorize(asked, pull(await signTransfers(chain, asked))))).status).toBe(200)
  })

  test('what was used stays used when the server starts again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
    const chain = newChain()
    const first = shop({ chain, store: await lmdbStore(folder) })
    const asked = await first.challenge()
    const headers = authorize(asked, pull(await signTransfers(chain, asked)))
    expect((await first.send(headers)).status).toBe(200)
    await first.pay.close()
    const second = shop({ chain, store: await lmdbStore(folder) })
    expect((await second.send(headers)).status).toBe(402)
    await second.pay.close()
    rmSync(folder, { recursive: true })
  })
})

describe('a free resource', () => {
  const free = () => shop({}, { amount: '0' })

  test('asks who is there; the receipt refers to the challenge', async () => {
    const { send, challenge, chain } = free()
    const asked = await challenge()
    const before = chain.balance(payer.address)
    const answer = await send(await prove(asked))
    expect(answer.status).toBe(200)
    expect(Receipt.decodeCore(answer.headers.get('payment-receipt') ?? '').reference).toBe(asked.id)
    expect((await send(await prove(asked))).status).toBe(402)
    expect(chain.balance(payer.address)).toBe(before)
  })

  test.each([
    ['names no source', undefined],
    ['names another signer', `did:pkh:eip155:42431:${payee.address}`],
    ['is of another chain', `did:pkh:eip155:1:${payer.address}`],
    ['names its source badly', payer.address],
  ])('a proof that %s is refused', async (_, source) => {
    const { send, challenge } = free()
    const asked = await challenge()
    const { authorization } = (await prove(asked)) as { authorization: string }
    const token = JSON.parse(Buffer.from(authorization.slice(8), 'base64url').toString()) as {
      payload: object
    }
    expect(await problemIn(await send(authorize(asked, token.payload, source)))).toBe('verification-failed')
  })

  test('takes no transaction', async () => {
    const { send, challenge, chain } = free()
    const asked = await challenge()
    const raw = await new ChainClient(chain).sign(payer, [{ to: payee.address, data: '0x' }])
    expect(await problemIn(await send(authorize(asked, pull(raw.raw))))).toBe('verification-failed')
  })
})
