/** The discovery document says what the challenges say. */
import { expect, test } from 'vitest'
import * as Discovery from '../../../src/mpp/wire/discovery.ts'
import { challengeOf } from '../../support/charge.ts'
import { newChain, paymentsOn, startKit } from '../../support/kit.ts'

test('each operation of the example costs what its challenge asks', async () => {
  await using kit = await startKit()
  const response = await fetch(`${kit.server.url}/openapi.json`)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('cache-control')).toBe('max-age=300')
  const { title, operations } = Discovery.decode(await response.text())
  expect(title).toBe('A poem, paid for')
  expect(operations.length).toBeGreaterThan(2)
  for (const { path, verb, offers, declares402 } of operations) {
    expect(declares402).toBe(true)
    const asked = challengeOf(await fetch(`${kit.server.url}${path}`, { method: verb.toUpperCase() }))
    const request = JSON.parse(Buffer.from(asked.request, 'base64url').toString()) as Discovery.Offer
    const { intent, method, amount, currency } = offers[0] as Discovery.Offer
    expect({ intent, method, amount, currency }).toEqual({
      intent: asked.intent,
      method: asked.method,
      amount: request.amount,
      currency: request.currency,
    })
  }
})

test('it is read, not written to, and needs an operation', async () => {
  await using kit = await startKit()
  const url = `${kit.server.url}/openapi.json`
  expect((await fetch(url, { method: 'POST' })).status).toBe(405)
  expect(await (await fetch(url, { method: 'HEAD' })).text()).toBe('')
  const pay = paymentsOn(newChain())
  expect(() => pay.discovery({ title: 'none', version: '1', paths: {} })).toThrow(TypeError)
})
