/**
 * The unmodified mppx client on v1 channels: streams URL, pays, tops up, and ends as END says: `close` asks the
 * server to close, `leave` leaves the channel to its payer. Prints what it got and the receipt as JSON.
 *
 * Unlike its v2 manager, the SDK's v1 manager cannot top up: it fails when a voucher over the deposit is refused.
 * Its low-level method can, given a signed transaction, so that is done here, under the manager's `fetch`.
 */
import { Challenge } from 'mppx'
import { tempo } from 'mppx/client'
import { createClient, encodeFunctionData, http, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { prepareTransactionRequest, signTransaction } from 'viem/actions'
import { tempoModerato } from 'viem/tempo/chains'

const { URL: url, RPC_URL, CHAIN_ID, PAYER_PRIVATE_KEY, MAX_DEPOSIT = '1', END = 'close' } = process.env

const account = privateKeyToAccount(PAYER_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const abi = parseAbi([
  'function approve(address spender, uint256 amount)',
  'function topUp(bytes32 channelId, uint256 additionalDeposit)',
])
const additionalDeposit = 40_000n
let topUps = 0

/** Signs approve and topUp, and hands them to the server that refused a voucher. */
async function topUp(challenge) {
  const { currency, methodDetails } = challenge.request
  const channelId = session.channelId
  const call = (to, functionName, args) => ({ to, data: encodeFunctionData({ abi, functionName, args }) })
  const prepared = await prepareTransactionRequest(client, {
    account,
    calls: [
      call(currency, 'approve', [methodDetails.escrowContract, additionalDeposit]),
      call(methodDetails.escrowContract, 'topUp', [channelId, additionalDeposit]),
    ],
    ...(methodDetails.feePayer ? { feePayer: true } : { feeToken: currency }),
    nonceKey: 'expiring',
    validBefore: Math.floor(Date.now() / 1_000) + 25,
  })
  const authorization = await method.createCredential({
    challenge,
    context: {
      action: 'topUp',
      channelId,
      transaction: await signTransaction(client, prepared),
      additionalDepositRaw: additionalDeposit.toString(),
    },
  })
  const response = await fetch(url, { method: 'POST', headers: { authorization } })
  if (!response.ok) throw new Error(`top-up refused with ${response.status}: ${await response.text()}`)
  topUps++
}

/** A voucher that is refused is sent again after a top-up, once. */
async function fetchWithTopUp(input, init) {
  const response = await fetch(input, init)
  if (init?.method !== 'POST' || response.status !== 402) return response
  await topUp(Challenge.fromResponse(response))
  return fetch(input, init)
}

const method = tempo.sessionLegacy.method({ account, getClient: () => client })
const session = tempo.sessionLegacy({ account, client, maxDeposit: MAX_DEPOSIT, fetch: fetchWithTopUp })

const data = []
for await (const value of await session.sse(url)) data.push(value)
const { channelId } = session
const receipt = END === 'close' ? await session.close() : undefined
process.stdout.write(`${JSON.stringify({ data, channelId, topUps, receipt })}\n`)
