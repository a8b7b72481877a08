// A chat behind x402-express 1.2.0, as its documentation has it.
// PORT, FACILITATOR_URL, PAY_TO, ASSET, ASSET_NAME, ASSET_VERSION, UPSTREAM_URL.
import express from 'express'
import { paymentMiddleware } from 'x402-express'
import { chat } from '../x402/upstream.mjs'

const { PORT, FACILITATOR_URL, PAY_TO, ASSET, ASSET_NAME, ASSET_VERSION } = process.env
const paid = {
  price: {
    amount: '10000',
    asset: { address: ASSET, decimals: 6, eip712: { name: ASSET_NAME, version: ASSET_VERSION } },
  },
  network: 'base-sepolia',
  config: { description: 'chat', mimeType: 'text/event-stream' },
}
const paths = ['/v1/chat/completions', '/another', '/paced']
const routes = Object.fromEntries(paths.map((path) => [`POST ${path}`, paid]))
const app = express()
app.use(paymentMiddleware(PAY_TO, routes, { url: FACILITATOR_URL }))
app.post(paths, express.json(), async (request, response) => {
  const left = new AbortController()
  response.on('close', () => left.abort())
  const answer = await chat(request.body, left.signal)
  if (answer === undefined) return void response.writeHead(500).end('{"error":"the model failed"}')
  response.writeHead(200, { 'content-type': answer.type })
  for await (const part of answer.parts) {
    if (request.path === '/paced') await new Promise((written) => response.write(part, written))
    else response.write(part)
  }
  response.end()
})
app.listen(Number(PORT), '127.0.0.1')
