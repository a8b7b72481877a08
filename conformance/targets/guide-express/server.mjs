/** The guide's server on Express. Its middleware does not take generators (README.md), so the route calls the SDK itself. */
import express from 'express'
import { Mppx as Printed } from 'mppx/express'
import { Mppx, NodeListener, Request, Store, tempo } from 'mppx/server'
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
const app = express()

app.all('/api/sessions/poem', async (request, response) => {
  const result = await mppx.session(terms)(Request.fromNodeListener(request, response))
  await NodeListener.sendResponse(
    response,
    result.status === 402 ? result.challenge : result.withReceipt(poem),
  )
})
// As the guide prints it.
app.get('/printed', Printed.create(options).session(terms), async () => poem)

app.listen(Number(process.env.PORT), '127.0.0.1')
