/** Proofs of an address are free, so what is remembered of them is small and has an end; none counts twice. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import * as Timestamp from '../../../src/codec/timestamp.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { collector } from '../../../src/mpp/server/charge/collect.ts'
import { RememberedProofs, TooManyProofs } from '../../../src/mpp/server/charge/proofs.ts'
import { resolvePayee } from '../../../src/mpp/server/payee.ts'
import type { Handler } from '../../../src/mpp/server/payments.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import * as Source from '../../../src/mpp/wire/source.ts'
import { payee as account, newChain, paymentsOn } from '../../support/kit.ts'

const chainId = 42_431
const prover = devAccounts[3] as KeyAccount
const source = Source.encode({ chainId, address: prover.address })
const start = Date.UTC(2026, 0, 1)

/** Bytes of the heap, once what nobody holds is gone. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

/** A payee that takes every signature, and a collector of proofs that were issued one millisecond after another. */
function collecting(maxProofs?: number) {
  let now = start
  const payee = resolvePayee({
    account,
    chain: newChain(() => now),
    realm: 'test',
    secretKey: 'a secret that has at least 32 bytes',
    clock: () => now,
    rules: { proof: { signedBySource: () => undefined } },
    ...(maxProofs === undefined ? {} : { maxProofs }),
  })
  const collect = collector(payee)
  return {
    payee,
    pass: (ms: number) => {
      now += ms
    },
    prove(id: string, ageMs = 0) {
      const text = JSON.stringify({
        challenge: { id, expires: Timestamp.encode(start + 300_000 + ageMs) },
        payload: { type: 'proof', signature: '0x' },
      })
      const { challenge, payload } = JSON.parse(text)
      return collect({
        challenge,
        payload,
        source,
        asked: { amount: 0n, currency: payee.currency, recipient: payee.address, methodDetails: { chainId } },
      })
    },
  }
}

const taken = expect.objectContaining({ by: 'proof' })
const used = expect.objectContaining({ problem: 'invalid-challenge' })

test('200,000 proofs take less than 100 MB, and are forgotten', async () => {
  const { prove, pass, payee } = collecting()
  const before = heap()
  const idOf = (i: number) => `${i}`.padStart(43, '-')
  for (let i = 0; i < 200_000; i++) await prove(idOf(i), i)
  expect(heap() - before).toBeLessThan(100e6)
  expect(await prove(idOf(123_456), 123_456)).toEqual(used)
  await expect(prove('one more')).rejects.toThrow(TooManyProofs)
  pass(600_000)
  await payee.store.charges.forget(payee.clock())
  expect(heap() - before).toBeLessThan(30e6)
})

describe('when as many are remembered as may be', () => {
  test('a new one waits until the first has expired; an old one is used', async () => {
    const { prove, pass } = collecting(2)
    expect(await prove('a')).toEqual(taken)
    expect(await prove('b', 2_000)).toEqual(taken)
    await expect(prove('c', 10_000)).rejects.toMatchObject({ retryAfterSeconds: 300 })
    expect(await prove('a')).toEqual(used)
    pass(300_000)
    expect(await prove('c', 10_000)).toEqual(taken)
    await expect(prove('d', 10_000)).rejects.toMatchObject({ retryAfterSeconds: 2 })
    expect(await prove('c', 10_000)).toEqual(used)
  })

  test('one that comes many times is counted once', async () => {
    const { prove } = collecting(2)
    expect(await prove('a')).toEqual(taken)
    for (let i = 0; i < 5; i++) expect(await prove('a')).toEqual(used)
    expect(await prove('b')).toEqual(taken)
  })

  test('a moment before room is made is a second', () => {
    const clock = { now: 1_000 }
    const proofs = new RememberedProofs(1, () => clock.now)
    proofs.add(1_001)
    expect(() => proofs.checkRoom()).toThrow('for 1 seconds')
    clock.now = 1_001
    expect(() => proofs.checkRoom()).not.toThrow()
  })
})

describe('over HTTP', () => {
  /** The answer to a proof of one challenge, again and again. */
  async function proof(handler: Handler, method: string) {
    const asked = await handler(new Request('http://shop.test/', { method }))
    const challenge = Challenge.decode(asked.headers.get('www-authenticate') ?? '').find(
      ({ intent }) => intent === 'charge',
    ) as Challenge.Challenge
    const signature = await Proof.sign(challenge.id, chainId, prover)
    const authorization = Credential.encode({ challenge, source, payload: { type: 'proof', signature } })
    return () => handler(new Request('http://shop.test/', { method, headers: { authorization } }))
  }

  test('503 says when to come again, and then the same proof is good', async () => {
    let now = start
    const pay = paymentsOn(
      newChain(() => now),
      { maxProofs: 1, clock: () => now },
    )
    const free = pay.charge({ amount: '0' }, () => new Response('line'))
    const poem = pay.stream({ amount: '0.001', resumable: true }, async function* () {
      yield 'word'
    })
    const [first, second, bootstrap] = [
      await proof(free, 'GET'),
      await proof(free, 'GET'),
      await proof(poem, 'HEAD'),
    ]
    expect((await first()).status).toBe(200)
    now += 200_000
    for (const late of [second, bootstrap]) {
      const answer = await late()
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '100'])
      expect(answer.headers.get('www-authenticate')).toBeNull()
    }
    expect((await first()).status).toBe(402)
    // Channels and prices are no proofs.
    expect((await free(new Request('http://shop.test/'))).status).toBe(402)
    await pay.close()
  })

  test('an answer that failed leaves its proof good, and counted once', async () => {
    let broken = true
    const pay = paymentsOn(newChain(), { maxProofs: 2, onError: () => undefined })
    const free = pay.charge(
      { amount: '0' },
      () => new Response('line', broken ? { status: 500 } : { status: 200 }),
    )
    const again = await proof(free, 'GET')
    for (let i = 0; i < 4; i++) expect((await again()).status).toBe(500)
    broken = false
    expect((await again()).status).toBe(200)
    expect((await (await proof(free, 'GET'))()).status).toBe(200)
    expect((await (await proof(free, 'GET'))()).status).toBe(503)
    await pay.close()
  })
})
