/** The guide's server for anything that serves fetch handlers, on Node. */
import { serve } from '@hono/node-server'
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { poem, terms } from '../common/guide.mjs'
import { payee } from '../common/guide-payee.mjs'

const mppx = Mppx.create(
  payee(process.env, { tempo, Store, createClient, http, privateKeyToAccount, tempoModerato }),
)

async function fetch(request) {
  const { pathname } = new URL(request.url)
  if (pathname !== '/api/sessions/poem') return new Response('not found\n', { status: 404 })
  const result = await mppx.session(terms)(request)
  return result.status === 402 ? result.challenge : result.withReceipt(poem)
}

serve({ fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })
