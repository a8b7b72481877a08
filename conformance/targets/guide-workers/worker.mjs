/** The guide's Worker. Its variables are in the environment when its module is run. */
import { Mppx, Store, tempo } from 'mppx/server'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { poem, terms } from '../common/guide.mjs'
import { payee } from '../common/guide-payee.mjs'

const mppx = Mppx.create(
  payee(process.env, { tempo, Store, createClient, http, privateKeyToAccount, tempoModerato }),
)

export default {
  async fetch(request) {
    const result = await mppx.session(terms)(request)
    return result.status === 402 ? result.challenge : result.withReceipt(poem)
  },
}
