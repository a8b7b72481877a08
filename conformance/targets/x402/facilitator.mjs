// The facilitator library of @x402/core over HTTP. PORT, RPC_URL, FACILITATOR_PRIVATE_KEY.
import { createServer } from 'node:http'
import { x402Facilitator } from '@x402/core/facilitator'
import { toFacilitatorEvmSigner } from '@x402/evm'
import { registerExactEvmScheme } from '@x402/evm/exact/facilitator'
import { createWalletClient, http, publicActions } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { baseSepolia } from 'viem/chains'

const { PORT, RPC_URL, FACILITATOR_PRIVATE_KEY } = process.env
const account = privateKeyToAccount(FACILITATOR_PRIVATE_KEY)
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
  let body = ''
  for await (const part of request) body += part
  const route = routes[request.url]
  const answer = route === undefined ? {} : await route(body === '' ? {} : JSON.parse(body))
  response.writeHead(route === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}).listen(Number(PORT), '127.0.0.1')
