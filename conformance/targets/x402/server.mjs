// A chat behind @x402/express or @x402/hono, as their documentation has it, or behind @x402/core by hand, which streams.
// PORT, FACILITATOR_URL, PAY_TO, ASSET, UPSTREAM_URL; FRAMEWORK: express | hono | core; FLOW: authorization | upfront;
// FAILS: how its handler says that the model failed, status | head.
import { serve } from '@hono/node-server'
import { HTTPFacilitatorClient, x402HTTPResourceServer } from '@x402/core/server'
import { ExactEvmScheme } from '@x402/evm/exact/server'
import * as forExpress from '@x402/express'
import * as forHono from '@x402/hono'
import express from 'express'
import { Hono } from 'hono'
import { chat } from './upstream.mjs'

const { PORT, FACILITATOR_URL, PAY_TO, ASSET, FRAMEWORK = 'express', FLOW, FAILS = 'status' } = process.env
const network = 'eip155:84532'
const path = '/v1/chat/completions'
const price = { amount: '10000', asset: ASSET, extra: { name: 'USDC', version: '2' } }
const extra = FLOW === undefined ? {} : { extra: { paymentFlow: FLOW } }
const paid = {
  accepts: { scheme: 'exact', network, payTo: PAY_TO, price, maxTimeoutSeconds: 60, ...extra },
  description: 'chat',
  mimeType: 'text/event-stream',
}
const paths = [path, '/another', '/paced']
const routes = Object.fromEntries(paths.map((each) => [`POST ${each}`, paid]))
const facilitator = new HTTPFacilitatorClient({ url: FACILITATOR_URL })
const register = ({ x402ResourceServer }) =>
  new x402ResourceServer(facilitator).register(network, new ExactEvmScheme())

if (FRAMEWORK === 'hono') {
  const app = new Hono()
  app.use(forHono.paymentMiddleware(routes, register(forHono)))
  app.on('POST', paths, async (context) => {
    const answer = await chat(await context.req.json(), context.req.raw.signal)
    if (answer === undefined) return context.json({ error: 'the model failed' }, 500)
    return new Response(ReadableStream.from(bytes(answer.parts)), {
      headers: { 'content-type': answer.type },
    })
  })
  serve({ fetch: app.fetch, port: Number(PORT), hostname: '127.0.0.1' })
} else {
  const app = express()
  app.use(FRAMEWORK === 'core' ? await byHand() : forExpress.paymentMiddleware(routes, register(forExpress)))
  app.post(paths, express.json(), async (request, response) => {
    const left = new AbortController()
    response.on('close', () => left.abort())
    const answer = await chat(request.body, left.signal)
    if (answer === undefined) {
      if (FAILS === 'head') return void response.writeHead(500).end('{"error":"the model failed"}')
      return void response.status(500).json({ error: 'the model failed' })
    }
    response.writeHead(200, { 'content-type': answer.type })
    for await (const part of answer.parts) {
      if (request.path === '/paced') await new Promise((written) => response.write(part, written))
      else response.write(part)
    }
    response.end()
  })
  app.listen(Number(PORT), '127.0.0.1')
}

async function* bytes(parts) {
  for await (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part
}

// Settles, then lets the handler write: ten lines over @x402/core, without the buffer of the middleware.
async function byHand() {
  const shop = new x402HTTPResourceServer(register(forExpress), routes)
  await shop.initialize()
  return async (request, response, next) => {
    const adapter = new forExpress.ExpressAdapter(request)
    const context = { adapter, path: request.path, method: request.method }
    const found = await shop.processHTTPRequest({
      ...context,
      paymentHeader: request.header('payment-signature'),
    })
    if (found.type === 'no-payment-required') return next()
    if (found.type === 'payment-error') {
      const { status, headers, body = {} } = found.response
      return void response.status(status).set(headers).json(body)
    }
    const { paymentPayload, paymentRequirements, declaredExtensions, beforeHandlerSettlement } = found
    const settled = await shop.processSettlement(
      paymentPayload,
      paymentRequirements,
      declaredExtensions,
      { request: context },
      undefined,
      beforeHandlerSettlement,
    )
    response.set(settled.headers)
    if (settled.success) return next()
    response.status(402).json({})
  }
}
