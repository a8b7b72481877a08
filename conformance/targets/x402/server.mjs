// A chat behind @x402/express or @x402/hono, as their documentation has it.
// PORT, FACILITATOR_URL, PAY_TO, ASSET; FRAMEWORK: express | hono; FLOW: authorization | upfront.
import { serve } from '@hono/node-server'
import { HTTPFacilitatorClient } from '@x402/core/server'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import * as forExpress from '@x402/express'
import * as forHono from '@x402/hono'
import express from 'express'
import { Hono } from 'hono'

const { PORT, FACILITATOR_URL, PAY_TO, ASSET, FRAMEWORK = 'express', FLOW } = process.env
const network = 'eip155:84532'
const path = '/v1/chat/completions'
const price = { amount: '10000', asset: ASSET, extra: { name: 'USDC', version: '2' } }
const extra = FLOW === undefined ? {} : { extra: { paymentFlow: FLOW } }
const routes = {
  [`POST ${path}`]: {
    accepts: { scheme: 'exact', network, payTo: PAY_TO, price, maxTimeoutSeconds: 60, ...extra },
    description: 'chat',
    mimeType: 'text/event-stream',
  },
}
const events = [
  ...['Hello', ' there'].map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] })),
  '[DONE]',
].map((data) => `data: ${data}\n\n`)
const facilitator = new HTTPFacilitatorClient({ url: FACILITATOR_URL })
const type = { 'content-type': 'text/event-stream' }

if (FRAMEWORK === 'hono') {
  const server = new forHono.x402ResourceServer(facilitator).register(network, new ExactEvmScheme())
  const app = new Hono()
  app.use(forHono.paymentMiddleware(routes, server))
  app.post(path, () => new Response(events.join(''), { headers: type }))
  serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
} else {
  const server = new forExpress.x402ResourceServer(facilitator).register(network, new ExactEvmScheme())
  const app = express()
  app.use(forExpress.paymentMiddleware(routes, server))
  app.post(path, (_, response) => {
    response.writeHead(200, type)
    for (const event of events) response.write(event)
    response.end()
  })
  app.listen(Number(PORT), '127.0.0.1')
}
