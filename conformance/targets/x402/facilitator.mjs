// The facilitator library of @x402/core over HTTP. PORT, RPC_URL, FACILITATOR_PRIVATE_KEY.
import { createServer } from 'node:http'
import { x402Facilitator } from '@x402/core/facilitator'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { registerExactEvmScheme } from '@x402/evm/exact/facilitator'
import { createWalletClient, http, publicActions } from 'viem'
import { nonceManager, privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'

const { PORT, RPC_URL, FACILITATOR_PRIVATE_KEY } = process.env
// Settlements come side by side.
const account = privateKeyToAccount(FACILITATOR_PRIVATE_KEY, { nonceManager })
const wallet = createWalletClient({
  account,
  chain: baseSepolia,
  transport: http(RPC_URL),
  pollingInterval: 20,
})
const facilitator = new x402Facilitator()
const signer = toFacilitatorEvmSigner({ ...wallet.extend(publicActions), address: account.address })
registerExactEvmScheme(facilitator, { signer, networks: 'eip155:84532' })

const routes = {
  '/supported': () => facilitator.getSupported(),
  '/verify': ({ paymentPayload, paymentRequirements }) =>
    facilitator.verify(paymentPayload, paymentRequirements),
  '/settle': ({ paymentPayload, paymentRequirements }) =>
    facilitator.settle(paymentPayload, paymentRequirements),
}
createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  try {
    let body = ''
    for await (const part of request) body += part
    const route = routes[request.url]
    if (route === undefined) return void answer(404, {})
    const asked = parsed(body)
    if (asked === undefined) return void answer(400, { error: 'no JSON' })
    answer(200, await route(asked))
  } catch (error) {
    // As the examples of the packages do.
    answer(500, { error: error instanceof Error ? error.message : 'unknown' })
  }
}).listen(Number(PORT), '127.0.0.1')

function parsed(body) {
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    return undefined
  }
}
