/** The poem of the reference server, sold by the unmodified mppx server. */
import { getRequestListener } from '@hono/node-server'
import { generate } from 'mppx/discovery'
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { durableIn } from '../common/durable.mjs'
import { listen } from '../common/listen.mjs'
import { line, sell } from '../common/poem.mjs'

const { RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY, DATA_DIR } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const getClient = () => client

const durable = durableIn(DATA_DIR, Store)

const mppx = Mppx.create({
  secretKey: SECRET_KEY,
  realm: 'localhost',
  methods: [
    tempo.session({
      account,
      currency: CURRENCY,
      getClient,
      store: durable('sessions'),
      sse: true,
      // Read the channel from chain for every voucher: the strictest setting the SDK has.
      channelStateTtl: 0,
    }),
    tempo.charge({ account, currency: CURRENCY, getClient, store: durable('charges') }),
  ],
})

/** What is paid for at once: path -> price. */
const charges = { '/charge': '0.010', '/free': '0' }
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
    const result = await mppx.charge({ amount: charges[pathname], chainId: Number(CHAIN_ID) })(request)
    return result.status === 402 ? result.challenge : result.withReceipt(new Response(line()))
  }
  return (await sell(mppx, request)) ?? new Response('not found\n', { status: 404 })
}

listen(getRequestListener, handle)
