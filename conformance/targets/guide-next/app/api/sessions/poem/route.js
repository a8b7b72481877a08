/** The guide's route. Clients send vouchers by POST, which the guide's own text leaves out. */
import { Store } from 'mppx'
import { Mppx, tempo } from 'mppx/nextjs'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'
import { poem, terms } from '../../../../../common/guide.mjs'
import { payee } from '../../../../../common/guide-payee.mjs'

const mppx = Mppx.create(
  payee(process.env, { tempo, Store, createClient, http, privateKeyToAccount, tempoModerato }),
)

export const GET = mppx.session(terms)(async () => poem)
export const POST = GET
