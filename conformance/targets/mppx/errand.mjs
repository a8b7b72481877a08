/**
 * The unmodified mppx client does one errand of the kit: streams by its session manager, whole answers by its fetch
 * wrapper. Prints what it gets line by line as it comes, and closes.
 */
import { Mppx, tempo } from 'mppx/client'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const {
  PAYMENT_URL,
  RPC_URL,
  CHAIN_ID,
  PRIVATE_KEY,
  MAX_DEPOSIT = '1',
  METHOD,
  BODY,
  REQUESTS = '1',
} = process.env
const url = process.argv[2] ?? PAYMENT_URL

const account = privateKeyToAccount(PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const print = (line) => process.stdout.write(`${line}\n`)

/** A stream, or an answer to a request of the user's own. */
const isStream = METHOD === undefined && !new URL(url).pathname.endsWith('/item')

async function stream() {
  const session = tempo.session.manager({ account, client, maxDeposit: MAX_DEPOSIT })
  try {
    for await (const value of await session.sse(url)) print(value)
  } finally {
    await session.close()
  }
}

async function whole() {
  const methods = [tempo.session({ account, getClient: () => client, maxDeposit: MAX_DEPOSIT })]
  const { fetch } = Mppx.create({ methods, polyfill: false })
  const one = async () => {
    const response = await fetch(url, METHOD === undefined ? {} : { method: METHOD, body: BODY })
    if (!response.ok) throw new Error(`answered ${response.status}`)
    print(await response.text())
  }
  await Promise.all(Array.from({ length: Number(REQUESTS) }, one))
}

await (isStream ? stream() : whole())
