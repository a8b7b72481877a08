/**
 * The unmodified mppx client on v1 channels does one errand of the kit: prints what it gets line by line as it comes,
 * and closes. Its manager cannot top up.
 */
import { tempo } from 'mppx/client'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { PAYMENT_URL, RPC_URL, CHAIN_ID, PRIVATE_KEY, MAX_DEPOSIT = '1' } = process.env
const url = process.argv[2] ?? PAYMENT_URL

const account = privateKeyToAccount(PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const session = tempo.sessionLegacy({ account, client, maxDeposit: MAX_DEPOSIT })
try {
  for await (const value of await session.sse(url)) process.stdout.write(`${value}\n`)
} finally {
  await session.close()
}
