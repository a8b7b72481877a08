/**
 * The unmodified mppx client: streams URL, pays, tops up, and ends as END says: `close` asks the server to close,
 * `leave` leaves the channel to its payer. Prints what it got and the receipt as JSON.
 */
import { tempo } from 'mppx/client'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { URL: url, RPC_URL, CHAIN_ID, PAYER_PRIVATE_KEY, MAX_DEPOSIT = '1', END = 'close' } = process.env

const account = privateKeyToAccount(PAYER_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const session = tempo.session.manager({ account, client, maxDeposit: MAX_DEPOSIT })

const data = []
for await (const value of await session.sse(url)) data.push(value)
const { channelId } = session
const receipt = END === 'close' ? await session.close() : undefined
process.stdout.write(`${JSON.stringify({ data, channelId, receipt })}\n`)
