/**
 * The memory chain against Anvil over HTTP: the same pre-signed v1 channels, opened, settled, topped up and closed,
 * each transaction answered with its receipt. Both run in processes of their own and take turns, so that a slow
 * moment of the machine falls on both. Anvil is asked directly, without the proxy that makes it a Tempo node.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { startAnvil } from '../src/chain/anvil/chain.ts'
import { anvilMissing } from '../src/chain/anvil/process.ts'
import { expiringNonceKey, sign } from '../src/chain/transaction.ts'
import { print } from '../src/cli/output.ts'
import { type Address, type Hex, zeroAddress } from '../src/codec/hex.ts'
import * as ChannelId from '../src/contracts/channel-id.ts'
import * as Escrow from '../src/contracts/escrow.ts'
import { encodeCall } from '../src/contracts/escrow-abi.ts'
import { pathUsd } from '../src/contracts/token.ts'
import { abi as tokenAbi } from '../src/contracts/token-abi.ts'
import * as Voucher from '../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../src/keys/accounts.ts'

const [payee, payer] = devAccounts as readonly [KeyAccount, KeyAccount]
const domain = { protocol: 'v1', escrow: Escrow.address, chainId: 42_431 } as const
/** Channels a round opens, turns each node gets, and connections in parallel. */
const channels = 100
const rounds = 5
const connections = 8

/** One channel's transactions, in their order: four, of six calls. */
export async function life(n: number): Promise<Hex[]> {
  const salt: Hex = `0x${n.toString(16).padStart(64, '0')}`
  const terms = { payee: payee.address, token: pathUsd, salt, authorizedSigner: zeroAddress }
  const channelId = ChannelId.v1({ ...terms, payer: payer.address }, domain)
  const voucher = async (cumulativeAmount: bigint) => ({
    channelId,
    cumulativeAmount,
    signature: await Voucher.sign({ channelId, cumulativeAmount }, domain, payer),
  })
  const approve = {
    to: pathUsd,
    data: tokenAbi.encodeCall('approve', { spender: Escrow.address, amount: 1000n }),
  }
  const own = (call: Escrow.Call) => ({ to: Escrow.address, data: encodeCall(call) })
  return [
    await signed(payer, [approve, own({ type: 'open', deposit: 1000n, ...terms })]),
    await signed(payee, [own({ type: 'settle', ...(await voucher(400n)) })]),
    await signed(payer, [approve, own({ type: 'topUp', channelId, additionalDeposit: 1000n })]),
    await signed(payee, [own({ type: 'close', ...(await voucher(1500n)) })]),
  ]
}

/** A transaction that is valid for 25 seconds and needs no turn; distinct by a random moment in the past. */
async function signed(account: KeyAccount, calls: readonly { to: Address; data: Hex }[]): Promise<Hex> {
  const now = Math.floor(Date.now() / 1000)
  const { raw } = await sign(
    {
      chainId: domain.chainId,
      calls,
      gas: 2_000_000n,
      maxFeePerGas: 40_000_000_000n,
      nonceKey: expiringNonceKey,
      validBefore: now + 25,
      validAfter: now - 60 - Math.floor(Math.random() * 86_400),
    },
    account,
  )
  return raw
}

/** Sends every channel's transactions, several channels at a time. Answers seconds. */
async function play(url: string, lives: readonly (readonly Hex[])[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const waiting = [...lives]
  const worker = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
      for (const raw of next) await send(url, agent, raw)
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: connections }, worker))
  const seconds = (performance.now() - start) / 1000
  agent.destroy()
  return seconds
}

/** Sends a transaction and checks its receipt. */
async function send(url: string, agent: Agent, raw: Hex): Promise<void> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendRawTransactionSync', params: [raw] })
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  const text = await new Promise<string>((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        answer += chunk
      })
      response.once('end', () => resolve(answer))
    })
    outgoing.once('error', reject)
    outgoing.end(body)
  })
  const { result } = JSON.parse(text) as { result?: { status: Hex } }
  if (result?.status !== '0x1') throw new Error(`not mined: ${text.slice(0, 300)}`)
}

/** The command line's chain, in a process of its own. */
async function memoryChain(): Promise<{ url: string; child: ChildProcess }> {
  const main = fileURLToPath(new URL('../conformance/cli/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'chain', '--port', '0'])
  const url = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const found = / at (http:\S+)/.exec(output)?.[1]
      if (found !== undefined) resolve(found)
    })
    child.once('close', () => reject(new Error('the memory chain did not start')))
  })
  return { url, child }
}

/** Prints transactions per second of both, and the ratio. */
export async function overHttp(): Promise<void> {
  const missing = anvilMissing()
  if (missing !== undefined) {
    print(`http      not measured: ${missing}`)
    return
  }
  await using anvil = await startAnvil()
  const memory = await memoryChain()
  try {
    let [ours, theirs] = [0, 0]
    const ratios: number[] = []
    // The first round warms both up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      const lives: Hex[][] = []
      for (let n = 0; n < channels; n++) lives.push(await life(round * channels + n))
      const [mine, other] = [await play(memory.url, lives), await play(anvil.anvilUrl, lives)]
      if (round === 0) continue
      ours += mine
      theirs += other
      ratios.push(other / mine)
    }
    const rate = (seconds: number) => ((channels * rounds * 4) / seconds).toFixed(0)
    const spread = `${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)}`
    print(
      `http      ${rate(ours)} transactions/s, Anvil ${rate(theirs)}/s: ` +
        `${(theirs / ours).toFixed(1)} times as many (${spread} in ${rounds} rounds)`,
    )
  } finally {
    memory.child.kill('SIGTERM')
  }
}
