/** What a payer that lost track of its channel is told: after a proof, on HEAD, and nobody else. */
import { describe, expect, test } from 'vitest'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../../src/mpp/wire/snapshot.ts'
import * as Source from '../../../src/mpp/wire/source.ts'
import * as TempoCharge from '../../../src/mpp/wire/tempo-charge.ts'
import { type Kit, payer, startKit } from '../../support/kit.ts'

const chainId = 42_431
const stranger = devAccounts[3] as KeyAccount

/** The challenges of a HEAD, and the one that asks for a proof. */
async function head(url: string) {
  const response = await fetch(url, { method: 'HEAD' })
  const challenges = Challenge.decode(response.headers.get('www-authenticate') ?? '')
  return { response, challenges, identity: challenges.find(({ intent }) => intent === 'charge') }
}

/** Sends a proof by an account; `change` alters the credential. */
async function prove(
  url: string,
  account: KeyAccount,
  change: Partial<Credential.Credential> = {},
  method = 'HEAD',
) {
  const { identity } = await head(url)
  const challenge = change.challenge ?? identity
  if (challenge === undefined) throw new Error('no proof is asked for')
  const signature = await Proof.sign(challenge.id, chainId, account)
  const credential = {
    challenge,
    source: Source.encode({ chainId, address: account.address }),
    payload: { type: 'proof', signature },
    ...change,
  }
  const response = await fetch(url, {
    method,
    headers: { authorization: Credential.encode(credential as Credential.Credential) },
  })
  return { response, challenge }
}

const told = ({ headers }: Response) => [
  headers.get('payment-session'),
  headers.get('payment-session-snapshot'),
]

/** A channel of the payer that paid for one unit and is left open. */
async function used(kit: Kit): Promise<`0x${string}`> {
  const pay = kit.session()
  await pay.fetch(new URL('/line', kit.url).href)
  const opened = pay.events.find(({ type }) => type === 'open')
  return (opened as { channelId: `0x${string}` }).channelId
}

describe('HEAD', () => {
  test('asks for a proof of nothing beside the session', async () => {
    await using kit = await startKit()
    const { response, challenges, identity } = await head(kit.url)
    expect(response.status).toBe(402)
    expect(challenges.map(({ intent }) => intent)).toEqual(['session', 'charge'])
    expect(TempoCharge.decode(identity?.request ?? '')).toMatchObject({
      amount: 0n,
      methodDetails: { chainId },
    })
    const get = await fetch(kit.url)
    expect(Challenge.decode(get.headers.get('www-authenticate') ?? '')).toHaveLength(1)
  })

  test('is not asked where nothing is told', async () => {
    await using kit = await startKit()
    for (const path of ['/v1', '/dear'])
      expect((await head(new URL(path, kit.url).href)).identity).toBeUndefined()
  })
})

describe('a proof', () => {
  test('is told the channel and its true figures', async () => {
    await using kit = await startKit()
    const channelId = await used(kit)
    const { response, challenge } = await prove(kit.url, payer)
    expect(response.status).toBe(204)
    expect(response.headers.get('payment-session')).toBe(channelId)
    const receipt = Receipt.decodeCore(response.headers.get('payment-receipt') ?? '')
    expect(receipt).toMatchObject({ status: 'success', reference: challenge.id })
    const snapshot = Snapshot.decode(response.headers.get('payment-session-snapshot') ?? '')
    expect(snapshot).toMatchObject({ channelId, chainId, deposit: 40_000n, settled: 0n, units: 1 })
    expect(snapshot).toMatchObject({ spent: 1000n, acceptedCumulative: 1000n, requiredCumulative: 2000n })
    expect(snapshot.descriptor.payer).toBe(payer.address)
  })

  test('of somebody without a channel is told nothing', async () => {
    await using kit = await startKit()
    await used(kit)
    const { response } = await prove(kit.url, stranger)
    expect([response.status, ...told(response)]).toEqual([204, null, null])
  })

  test('is told nothing of a channel that is closed', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    await pay.fetch(new URL('/line', kit.url).href)
    await pay.close()
    const { response } = await prove(kit.url, payer)
    expect([response.status, ...told(response)]).toEqual([204, null, null])
  })

  test('buys nothing, and is not used up by trying', async () => {
    await using kit = await startKit()
    await used(kit)
    const { response, challenge } = await prove(kit.url, payer, {}, 'GET')
    expect(response.status).toBe(402)
    expect(told(response)).toEqual([null, null])
    expect((await prove(kit.url, payer, { challenge })).response.status).toBe(204)
  })

  test('counts once, and only when it is by its source on this chain', async () => {
    await using kit = await startKit()
    await used(kit)
    const { challenge } = await prove(kit.url, payer)
    const source = (address: `0x${string}`, on = chainId) => ({
      source: Source.encode({ chainId: on, address }),
    })
    const wrong = [
      await prove(kit.url, payer, { challenge }),
      await prove(kit.url, stranger, source(payer.address)),
      await prove(kit.url, payer, source(payer.address, 1)),
      await prove(kit.url, payer, { payload: { type: 'proof', signature: `0x${'11'.repeat(65)}` } }),
      await prove(kit.url, payer, { payload: { type: 'hash', hash: `0x${'11'.repeat(32)}` } }),
    ]
    for (const { response } of wrong) expect([response.status, ...told(response)]).toEqual([402, null, null])
  })
})

test('a voucher that does not pay is told its own channel in the challenge', async () => {
  await using kit = await startKit()
  const url = new URL('/line', kit.url).href
  let authorization = ''
  const pay = kit.session({
    fetch: (input, init) => {
      authorization = new Headers(init?.headers).get('authorization') ?? authorization
      return fetch(input, init)
    },
  })
  expect((await pay.fetch(url)).status).toBe(200)
  const again = await fetch(url, { headers: { authorization } })
  expect(again.status).toBe(402)
  expect(Problem.slug(Problem.decode(await again.text()))).toBe('session/insufficient-balance')
  const [fresh] = Challenge.decode(again.headers.get('www-authenticate') ?? '')
  const { methodDetails, suggestedDeposit } = SessionRequest.decode(fresh?.request ?? '')
  const opened = pay.events.find(({ type }) => type === 'open')
  expect(opened).toMatchObject({ channelId: methodDetails.channelId })
  expect(suggestedDeposit).toBeUndefined()
  expect(methodDetails.sessionSnapshot).toMatchObject({ spent: 1000n, requiredCumulative: 2000n })
})
