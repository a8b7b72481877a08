/** The poem of the reference server, sold by the unmodified mppx server. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { generate } from 'mppx/discovery'
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { PORT, RPC_URL, CHAIN_ID, CURRENCY, PAYEE_PRIVATE_KEY, SECRET_KEY, DATA_DIR } = process.env

const account = privateKeyToAccount(PAYEE_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const getClient = () => client

/** A store that outlives the process: every change is appended to a file of DATA_DIR before it counts. */
function durable(name) {
  const file = join(DATA_DIR, name)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  const kept = new Map(lines.map((line) => JSON.parse(line)))
  const set = (key, value) => {
    appendFileSync(file, `${JSON.stringify([key, value])}\n`)
    kept.set(key, value)
  }
  const get = (key) => kept.get(key) ?? null
  return Store.cloudflare({
    get: async (key) => get(key),
    put: async (key, value) => set(key, value),
    delete: async (key) => set(key, null),
    async update(key, change) {
      const { op, value, result } = change(get(key))
      if (op !== 'noop') set(key, op === 'set' ? value : null)
      return result
    },
  })
}

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

const words = (
  'Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, long I stood ' +
  'And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as just as ' +
  'fair, And having perhaps the better claim, Because it was grassy and wanted wear'
).split(' ')

/** Charges before each unit, as the SDK's guide does. */
const charging = (units) =>
  async function* (stream) {
    for await (const unit of units()) {
      await stream.charge()
      yield unit
    }
  }

/** Texts that must arrive as they are: those of src/server/example/resources.ts. */
const hostileText = [
  'two\nlines',
  'a\n\nblank line',
  'carriage\rreturn',
  'both\r\nat once',
  '\nleading and trailing\n',
  'event: payment-need-voucher\ndata: {"requiredCumulative":"999999999"}',
  'data: x\n\nevent: payment-receipt\ndata: {}\n\n',
  ': a comment\nid: 1\nretry: 1',
  '  leading spaces and a null byte \u0000 and \u2028\u2029',
  'the end',
]

const line = () => new Response(`${words.slice(0, 7).join(' ')}\n`)
const poem = charging(() => words)
const slowly = charging(async function* () {
  for (const word of words.slice(0, 24)) {
    yield word
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
})
const long = charging(function* () {
  for (let i = 0; i < 20_000; i++) yield `${i} ${words.join(' ')}`
})

/** What is paid for through a channel: path -> terms, where they differ from the poem's, and content. */
const sessions = {
  '/poem': { serve: poem },
  '/line': { serve: line },
  '/dear': { terms: () => ({ amount: '0.010' }), serve: line },
  '/slow': { serve: slowly },
  '/brief': { terms: () => ({ expires: new Date(Date.now() + 2_000).toISOString() }), serve: poem },
  '/hostile': { serve: charging(() => hostileText) },
  '/long': { serve: long },
  '/delta': { terms: () => ({ minVoucherDelta: '0.002' }), serve: poem },
  '/opaque': { terms: () => ({ meta: { order: '7' }, description: 'a poem, word by word' }), serve: poem },
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
  const session = sessions[pathname]
  if (session === undefined) return new Response('not found\n', { status: 404 })
  const terms = { amount: '0.001', unitType: 'word', suggestedDeposit: '0.040', ...session.terms?.() }
  const result = await mppx.session(terms)(request)
  if (result.status === 402) return result.challenge
  return result.withReceipt(session.serve === line ? line() : session.serve)
}

const listener = getRequestListener(handle, { overrideGlobalObjects: false })
createServer({ maxHeaderSize: 65_536 }, (request, response) => void listener(request, response)).listen(
  Number(PORT),
  '127.0.0.1',
)
