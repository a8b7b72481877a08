/** The poem of the reference server, sold by the unmodified mppx server. */
import { getRequestListener } from '@hono/node-server'
import { generate } from 'mppx/discovery'
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { durableIn } from '../common/durable.mjs'
import { listen } from '../common/listen.mjs'
import { line, sell, soon } from '../common/poem.mjs'

const { RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY, DATA_DIR } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const getClient = () => client

const durable = durableIn(DATA_DIR, Store)

const selling = (...methods) => Mppx.create({ secretKey: SECRET_KEY, realm: 'localhost', methods })
const session = (store, more = {}) =>
  tempo.session({
    account,
    currency: CURRENCY,
    getClient,
    store: durable(store),
    sse: true,
    // Read the channel from chain for every voucher: the strictest setting the SDK has.
    channelStateTtl: 0,
    ...more,
  })
const mppx = selling(
  session('sessions'),
  tempo.charge({ account, currency: CURRENCY, getClient, store: durable('charges') }),
)
// Sponsoring is an option of the method: given with a request, it is offered in the challenge and then not done.
const sponsoring = selling(session('sponsored', { feePayer: true }))

/** What is paid for at once: path -> terms. */
const charges = {
  '/charge': () => ({ amount: '0.010' }),
  '/free': () => ({ amount: '0' }),
  '/fleeting': () => ({ amount: '0.010', expires: soon() }),
}
const document = generate(mppx, {
  info: { title: 'A poem, paid for', version: '1.0.0' },
  routes: [
    {
      path: '/poem',
      method: 'get',
      intent: 'session',
      options: { amount: '0.001', currency: CURRENCY, decimals: 6, unitType: 'word' },
    },
    {
      path: '/charge',
      method: 'get',
      intent: 'charge',
      options: { amount: '0.010', currency: CURRENCY, decimals: 6 },
    },
  ],
})

async function handle(request) {
  const { pathname } = new URL(request.url)
  if (pathname === '/openapi.json') return Response.json(document)
  if (pathname in charges) {
    const result = await mppx.charge({ ...charges[pathname](), chainId: Number(CHAIN_ID) })(request)
    return result.status === 402 ? result.challenge : result.withReceipt(new Response(line()))
  }
  const seller = pathname === '/sponsored' ? sponsoring : mppx
  return (await sell(seller, request)) ?? new Response('not found\n', { status: 404 })
}

listen(getRequestListener, handle)
