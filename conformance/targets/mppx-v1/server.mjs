/** The poem of the reference server, sold on v1 channels by the unmodified mppx 0.8.14 server, the last line that has them. */
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Mppx, Store, tempo } from 'mppx-v1/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { PORT, RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const mppx = Mppx.create({
  secretKey: SECRET_KEY,
  realm: 'localhost',
  methods: [
    tempo.sessionLegacy({
      account,
      currency: CURRENCY,
      getClient: () => client,
      store: Store.memory(),
      sse: true,
      // Read the channel from chain for every voucher: the strictest setting the SDK has.
      channelStateTtl: 0,
    }),
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

async function handle(request) {
  if (new URL(request.url).pathname !== '/poem') return new Response('not found\n', { status: 404 })
  const result = await mppx.session({ amount: '0.001', unitType: 'word', suggestedDeposit: '0.040' })(request)
  return result.status === 402 ? result.challenge : result.withReceipt(poem)
}

const listener = getRequestListener(handle, { overrideGlobalObjects: false })
createServer({ maxHeaderSize: 65_536 }, (request, response) => void listener(request, response)).listen(
  Number(PORT),
  '127.0.0.1',
)
