/** The payer's consent to a v2 close (spec/readings.md A28): what is sent is verified, and sent by our client. */
import { expect, test } from 'vitest'
import { accountFromKey } from '../../../src/keys/accounts.ts'
import * as Signature from '../../../src/keys/signature.ts'
import { session } from '../../../src/mpp/client/session.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import { newChain, payer, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const stranger = accountFromKey(`0x${'77'.repeat(32)}`)

const poem = (options: Partial<PayeeOptions> = {}, protocol: 'v1' | 'v2' = 'v2') => {
  const chain = newChain()
  const pay = paymentsOn(chain, options)
  const handler = pay.stream({ amount: '0.001', sessionProtocol: protocol }, async function* () {
    yield 'word'
  })
  return { chain, pay, handler }
}

const slug = async (response: Response) => Problem.slug(Problem.decode(await response.text()))

test.each([false, true])(
  'a wrong consent does not close, a right one does (required: %s)',
  async (required) => {
    const { chain, handler, pay } = poem({ requireCloseSignature: required })
    const channel = await channelOf(handler, chain)
    const other = await channelOf(handler, chain)
    expect((await channel.open()).status).toBe(200)
    const lawful = await channel.consent(1_000n)
    const wrong = {
      "the voucher's own": await channel.signature(1_000n),
      'another amount': await channel.consent(1_001n),
      'another channel': await channel.consent(1_000n, payer, other.id),
      'a stranger': await channel.consent(1_000n, stranger),
      'high s': Signature.encode(Signature.malleated(Signature.decode(lawful))),
      'too short': lawful.slice(0, -4) as `0x${string}`,
    } as const
    for (const [what, closeSignature] of Object.entries(wrong)) {
      const refused = await channel.close(1_000n, closeSignature)
      expect([what, refused.status, await slug(refused)]).toEqual([what, 402, 'session/invalid-signature'])
      expect(await channel.captured(), what).toBeUndefined()
    }
    expect((await channel.close(1_000n, lawful)).status).toBe(200)
    expect(await channel.captured()).toBe(0n)
    await pay.close()
  },
)

test('a close without it is taken unless it is required', async () => {
  for (const required of [false, true]) {
    const { chain, handler, pay } = poem({ requireCloseSignature: required })
    const channel = await channelOf(handler, chain)
    await channel.open()
    const answer = await channel.close(0n)
    if (required) expect([answer.status, await slug(answer)]).toEqual([402, 'invalid-payload'])
    else expect(answer.status).toBe(200)
    await pay.close()
  }
})

test('a v1 close knows no consent: what stands there is not looked at', async () => {
  const { chain, handler, pay } = poem({ requireCloseSignature: true }, 'v1')
  for (const closeSignature of [undefined, '0x1234'] as const) {
    const channel = await channelOf(handler, chain)
    await channel.open()
    expect((await channel.close(0n, closeSignature)).status).toBe(200)
  }
  await pay.close()
})

test('the client closes where it is required, and signs what it closes with', async () => {
  const { chain, handler, pay } = poem({ requireCloseSignature: true })
  const closes: unknown[] = []
  const fetch = (async (input, init) => {
    const request = new Request(input, init)
    const field = request.headers.get('authorization')
    const payload = field === null ? undefined : Credential.decode(field).payload
    if (payload?.['action'] === 'close') closes.push(payload['closeSignature'])
    return handler(request)
  }) as typeof globalThis.fetch
  const wallet = session({ account: payer, chain, maxDeposit: '1', fetch })
  for await (const event of wallet.sse('http://test.example/')) expect(event).toBe('word')
  expect((await wallet.close())?.spent).toBe(1_000n)
  expect(closes).toEqual([expect.stringMatching(/^0x[0-9a-f]{130}$/)])
  await pay.close()
})
