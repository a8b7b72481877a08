/**
 * The unmodified mppx client on v1 channels does one errand of the kit with its session manager: streams, and whole
 * answers. Prints what it gets line by line as it comes, and closes.
 */
import { tempo } from 'mppx/client'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { PAYMENT_URL, RPC_URL, CHAIN_ID, PRIVATE_KEY, MAX_DEPOSIT = '1', METHOD, BODY } = process.env
const url = process.argv[2] ?? PAYMENT_URL

const account = privateKeyToAccount(PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const print = (line) => process.stdout.write(`${line}\n`)
const session = tempo.sessionLegacy({ account, client, maxDeposit: MAX_DEPOSIT })

async function whole() {
  const response = await session.fetch(url, METHOD === undefined ? {} : { method: METHOD, body: BODY })
  if (!response.ok) throw new Error(`answered ${response.status}`)
  print(await response.text())
}

try {
  if (METHOD !== undefined || new URL(url).pathname.endsWith('/item')) await whole()
  else for await (const value of await session.sse(url)) print(value)
} finally {
  await session.close()
}
