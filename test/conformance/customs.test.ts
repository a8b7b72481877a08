/** What the kit learns of a server before it judges it: how its books are read, and which answers are no content. */
import { expect, test } from 'vitest'
import { ownChain } from '../../conformance/harness/environment.ts'
import type { Exchange } from '../../conformance/harness/http.ts'
import { startReference } from '../../conformance/peers/mpp/payee/reference.ts'
import { paying, payloadOf, type Wrap } from '../../conformance/peers/mpp/payee/wire.ts'
import { Acknowledgements } from '../../conformance/peers/mpp/payer/acknowledgements.ts'
import { learnCustoms, said } from '../../conformance/peers/mpp/payer/customs.ts'
import { preflight } from '../../conformance/peers/mpp/payer/preflight.ts'
import { referenceResources } from '../../conformance/suites/mpp/server/own-targets.ts'

const answered = (body: string, type?: string) => ({
  answer: { field: (name: string) => (name === 'content-type' ? type : undefined) } as Exchange,
  body,
})

test('an acknowledgement is told from content by its text or its type, never when they are alike', () => {
  const known = new Acknowledgements()
  const content = answered('a line', 'text/plain; charset=utf-8')
  expect(known.add(answered('', 'application/json'), content)).toBe(false)
  expect(known.add(answered('a line', 'application/json'), content)).toBe(false)
  expect(known.has(answered('{"status":"ok"}', 'application/json'))).toBe(false)
  expect(known.add(answered('{"status":"ok"}', 'Application/JSON'), content)).toBe(true)
  expect(known.has(answered('{"status":"ok"}', 'text/plain'))).toBe(true)
  expect(known.has(answered('{"status":"later"}', 'application/json; charset=utf-8'))).toBe(true)
  expect(known.has(content)).toBe(false)
  // Of the same type as the content only the text is known.
  const plain = new Acknowledgements()
  expect(plain.add(answered('ok', 'text/plain'), content)).toBe(true)
  expect([plain.has(answered('ok', 'text/plain')), plain.has(answered('other', 'text/plain'))]).toEqual([
    true,
    false,
  ])
})

/** What is learned of the reference behind a wrapper. */
async function learned(http: Wrap = (handler) => handler) {
  const environment = await ownChain()
  const server = await startReference(environment.node, { fault: { http } })
  try {
    const found = await preflight(`${server.url}/poem`, environment, 3_000, referenceResources)
    const customs = await learnCustoms(found, 'test')
    return { ...customs, said: said({ ...found, ...customs }) }
  } finally {
    await server.close()
    await environment.close()
  }
}

test('of the reference nothing is unusual', async () => {
  const { management, reading, acknowledgements, said: told } = await learned()
  expect([management, reading, acknowledgements.open, told]).toEqual(['POST', 'repeat', false, []])
})

test('where a repeat is refused, the books are read by raising', async () => {
  const refusingRepeats: Wrap = (handler) => {
    const highest = new Map<unknown, bigint>()
    return async (request) => {
      const { channelId, cumulativeAmount } = payloadOf(request)
      const amount = BigInt(String(cumulativeAmount ?? 0))
      if (paying('voucher')(request) && amount <= (highest.get(channelId) ?? -1n))
        return new Response(null, { status: 402 })
      const response = await handler(request)
      if (response.ok && paying('open', 'voucher')(request)) highest.set(channelId, amount)
      return response
    }
  }
  const { reading, said: told } = await learned(refusingRepeats)
  expect([reading, told.length]).toEqual(['raise', 1])
})

test('where an open brings a note instead of content, the note is no content', async () => {
  const notes: Wrap = (handler) => async (request) => {
    if (!paying('open')(request)) return handler(request)
    const { url, headers } = request
    const response = await handler(new Request(url, { method: 'POST', headers }))
    if (!response.ok) return response
    const noted = new Headers(response.headers)
    noted.set('content-type', 'application/json')
    return new Response('{"status":"ok"}', { status: 200, headers: noted })
  }
  const { acknowledgements, said: told } = await learned(notes)
  expect(acknowledgements.open).toBe(true)
  expect(acknowledgements.has(answered('{"status":"ok"}', 'application/json'))).toBe(true)
  expect(told.length).toBe(1)
})
