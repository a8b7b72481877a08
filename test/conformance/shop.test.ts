/** The kit's payee as a server: what it does with the connections of the clients that are sent to it. */
import { get, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { serve } from '../../conformance/peers/mpp/payee/shop/serve.ts'

test('a connection at rest outlives each run: no voucher is sent on one that closes', async () => {
  const shop = await serve(async () => new Response('unit'))
  const { headers } = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = get(shop.url, { headers: { connection: 'keep-alive' } }, (answer) =>
      resolve(answer.resume()),
    )
    asking.once('error', reject)
  })
  expect(headers['keep-alive']).toBe('timeout=600')
  await shop.close()
})
