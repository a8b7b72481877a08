/** The poem of the reference server, sold by the unmodified mppx server. */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { generate } from 'mppx/discovery'
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { PORT, RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const getClient = () => client
const mppx = Mppx.create({
  secretKey: SECRET_KEY,
  realm: 'localhost',
  methods: [
    tempo.session({
      account,
      currency: CURRENCY,
      getClient,
      store: Store.memory(),
      sse: true,
      // Read the channel from chain for every voucher: the strictest setting the SDK has.
      channelStateTtl: 0,
    }),
    tempo.charge({ account, currency: CURRENCY, getClient, store: Store.memory() }),
  ],
})

const words = (
  'Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, long I stood ' +
  'And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as just as ' +
  'fair, And having perhaps the better claim, Because it was grassy and wanted wear'
).split(' ')

/** Charges before each word, as the SDK's guide does. */
async function* poem(stream) {
  for (const word of words) {
    await stream.charge()
    yield word
  }
}

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
    return result.status === 402
      ? result.challenge
      : result.withReceipt(new Response(words.slice(0, 7).join(' ')))
  }
  if (pathname !== '/poem') return new Response('not found\n', { status: 404 })
  const result = await mppx.session({ amount: '0.001', unitType: 'word', suggestedDeposit: '0.040' })(request)
  return result.status === 402 ? result.challenge : result.withReceipt(poem)
}

const listener = getRequestListener(handle, { overrideGlobalObjects: false })
createServer({ maxHeaderSize: 65_536 }, (request, response) => void listener(request, response)).listen(
  Number(PORT),
  '127.0.0.1',
)
