/** The poem of the reference server, sold on v1 channels by the unmodified mppx 0.8.14 server, the last line that has them. */
import { getRequestListener } from '@hono/node-server'
import { Mppx, Store, tempo } from 'mppx-v1/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { durableIn } from '../common/durable.mjs'
import { listen } from '../common/listen.mjs'
import { sell } from '../common/poem.mjs'

const { RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY, DATA_DIR } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const [prepare, when] = tempoModerato.prepareTransactionRequest
const chain = {
  ...tempoModerato,
  id: Number(CHAIN_ID),
  rpcUrls: { default: { http: [RPC_URL] } },
  // The SDK signs a close with the account's next nonce, so of two closes at once one fails: here no nonce is next.
  prepareTransactionRequest: [
    (request, context) => prepare({ nonceKey: 'expiring', ...request }, context),
    when,
  ],
}
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const durable = durableIn(DATA_DIR, Store)
const selling = (store, more = {}) =>
  Mppx.create({
    secretKey: SECRET_KEY,
    realm: 'localhost',
    methods: [
      tempo.sessionLegacy({
        account,
        currency: CURRENCY,
        getClient: () => client,
        store: durable(store),
        sse: true,
        // Read the channel from chain for every voucher: the strictest setting the SDK has.
        channelStateTtl: 0,
        ...more,
      }),
    ],
  })
const mppx = selling('sessions')
const sponsoring = selling('sponsored', { feePayer: true })

async function handle(request) {
  const seller = new URL(request.url).pathname === '/sponsored' ? sponsoring : mppx
  return (await sell(seller, request)) ?? new Response('not found\n', { status: 404 })
}

listen(getRequestListener, handle)
