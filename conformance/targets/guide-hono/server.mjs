/** The guide's server on Hono. Its middleware does not take generators (README.md), so the route calls the SDK itself. */
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Store } from 'mppx'
import { Mppx as Printed } from 'mppx/hono'
import { Mppx, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { poem, terms } from '../common/guide.mjs'
import { payee } from '../common/guide-payee.mjs'

const options = payee(process.env, {
  tempo,
  Store,
  createClient,
  http,
  privateKeyToAccount,
  tempoModerato,
})
const mppx = Mppx.create(options)
const app = new Hono()

app.all('/api/sessions/poem', async (context) => {
  const result = await mppx.session(terms)(context.req.raw)
  return result.status === 402 ? result.challenge : result.withReceipt(poem)
})
// As the guide prints it.
app.get('/printed', Printed.create(options).session(terms), async () => poem)

serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
