/**
 * The unmodified mppx client pays at once: URL by a transaction it hands over, or, with TOOL, that tool of the MCP
 * server at URL. Prints what it got and the receipt as JSON.
 */
import { Mppx, tempo } from 'mppx/client'
import { McpClient } from 'mppx/mcp/client'
import { createClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { tempoModerato } from 'viem/tempo/chains'

const { URL: url, RPC_URL, CHAIN_ID, PAYER_PRIVATE_KEY, TOOL } = process.env

const account = privateKeyToAccount(PAYER_PRIVATE_KEY)
const chain = { ...tempoModerato, id: Number(CHAIN_ID), rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const methods = [tempo.charge({ account, getClient: () => client, mode: 'pull' })]

/** All the SDK asks of an MCP client: calls go out as JSON-RPC, errors come back as they are. */
const bare = {
  async callTool(params) {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
    const { result, error } = await (await fetch(url, { method: 'POST', body })).json()
    if (error !== undefined) throw Object.assign(new Error(error.message), error)
    return result
  },
}

async function callTool() {
  const { content, receipt } = await McpClient.wrap(bare, { methods }).callTool({ name: TOOL, arguments: {} })
  return { data: content[0].text, receipt }
}

async function fetchOnce() {
  const response = await Mppx.create({ methods, polyfill: false }).fetch(url)
  const field = response.headers.get('payment-receipt')
  const receipt = field === null ? undefined : JSON.parse(Buffer.from(field, 'base64url').toString())
  return { data: (await response.text()).trim(), receipt }
}

process.stdout.write(JSON.stringify(TOOL === undefined ? await fetchOnce() : await callTool()))
