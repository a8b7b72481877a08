/** The MCP server, with the official SDK as its client, and what no well-behaved client sends. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, test } from 'vitest'
import { RpcError } from '../../../src/chain/rpc.ts'
import * as Json from '../../../src/codec/json.ts'
import type { McpOffer } from '../../../src/mpp/server/mcp/tools.ts'
import type { Payments } from '../../../src/mpp/server/payments.ts'
import type { Challenge } from '../../../src/mpp/wire/challenge.ts'
import * as Mcp from '../../../src/mpp/wire/mcp.ts'
import { signTransfers } from '../../support/charge.ts'
import { payee, payer, startKit } from '../../support/kit.ts'

const price = { amount: '0.010' }
const offer: McpOffer = {
  name: 'tools',
  version: '1',
  tools: {
    paid: { description: 'costs a cent', price, call: ({ text }) => `paid for ${String(text)}` },
    other: { description: 'costs a cent too', price, call: () => 'other' },
    free: { description: 'costs nothing', call: () => 'free' },
    broken: {
      description: 'fails',
      price,
      call: () => {
        throw new Error('out of order')
      },
    },
  },
}

const started = async () => {
  let calls = 0
  const counted = { ...offer.tools['paid'], call: () => `call ${++calls}` } as McpOffer['tools'][string]
  const serve = (pay: Payments) => pay.mcp({ ...offer, tools: { ...offer.tools, counted } })
  const kit = await startKit(serve)
  const url = `${kit.server.url}/mcp`
  const post = async (message: unknown) => {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(message) })
    const text = await response.text()
    return { status: response.status, message: (text === '' ? {} : Json.decode(text)) as Json.JsonObject }
  }
  const call = (name: string, more: object = {}) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name, arguments: { text: 'x' }, ...more },
  })
  const challenge = async (name: string) => {
    const { message } = await post(call(name))
    return Mcp.decodeError(message['error']).challenges[0] as Challenge
  }
  const credential = async (asked: Challenge) => ({
    challenge: asked,
    payload: { type: 'transaction', signature: await signTransfers(kit.chain, asked) },
  })
  const paying = async (name: string, asked: Challenge, placement: Mcp.Placement = 'nested') =>
    Mcp.withCredential(call(name) as Json.JsonObject, await credential(asked), placement)
  const codeOf = ({ message }: { message: Json.JsonObject }) =>
    (message['error'] as Json.JsonObject | undefined)?.['code']
  return { kit, url, post, call, challenge, paying, codeOf, calls: () => calls }
}

test('the official client lists the tools, is asked to pay, pays, and gets a receipt', async () => {
  const { kit, url } = await started()
  await using _ = kit
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(new URL(url)) as Transport)
  expect(client.getServerCapabilities()?.experimental).toEqual({
    payment: { methods: { tempo: { intents: ['charge'] } } },
  })
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toContain('paid')

  const unpaid = await client.callTool({ name: 'paid', arguments: { text: 'x' } }).catch((error) => error)
  expect(unpaid).toBeInstanceOf(McpError)
  const { code, data } = unpaid as McpError
  const error = Mcp.decodeError({ code, message: '', data })
  const asked = error.challenges[0] as Challenge
  const before = kit.chain.balance(payee.address)
  const credential = {
    challenge: Mcp.fromChallenge(asked),
    payload: { type: 'transaction', signature: await signTransfers(kit.chain, asked) },
  }
  const result = await client.callTool({
    name: 'paid',
    arguments: { text: 'x' },
    _meta: { [Mcp.credentialKey]: credential },
  })
  expect(result.content).toEqual([{ type: 'text', text: 'paid for x' }])
  expect(result._meta?.[Mcp.receiptKey]).toMatchObject({ status: 'success', challengeId: asked.id })
  expect(kit.chain.balance(payee.address) - before).toBe(10_000n)
  expect((await client.callTool({ name: 'free' }))._meta).toBeUndefined()
  await client.close()
})

describe('a paid tool', () => {
  test.each(['root', 'nested'] as const)('takes a credential at the %s', async (placement) => {
    const { kit, post, challenge, paying } = await started()
    await using _ = kit
    const { message } = await post(await paying('paid', await challenge('paid'), placement))
    expect(Mcp.receiptOf(message)).toBeDefined()
  })

  test('is not called by a notification, and nothing is paid', async () => {
    const { kit, post, challenge, paying, calls } = await started()
    await using _ = kit
    const { id, ...notification } = await paying('counted', await challenge('counted'))
    const before = kit.chain.balance(payer.address)
    expect(await post(notification)).toEqual({ status: 202, message: {} })
    expect([calls(), kit.chain.balance(payer.address)]).toEqual([0, before])
    await post({ ...notification, id: id as number })
    expect(calls()).toBe(1)
  })

  test('of five calls that race with one credential answers one', async () => {
    const { kit, post, challenge, paying, codeOf, calls } = await started()
    await using _ = kit
    const message = await paying('counted', await challenge('counted'))
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(message)))
    expect(answers.map(codeOf).sort()).toEqual([-32043, -32043, -32043, -32043, undefined])
    expect(calls()).toBe(1)
  })

  test('is not paid with the challenge of another tool', async () => {
    const { kit, post, challenge, paying, codeOf } = await started()
    await using _ = kit
    expect(codeOf(await post(await paying('other', await challenge('paid'))))).toBe(-32043)
  })

  test('that fails leaves the payment good for another try', async () => {
    const { kit, post, challenge, paying, codeOf } = await started()
    await using _ = kit
    const message = await paying('broken', await challenge('broken'))
    const before = kit.chain.balance(payee.address)
    for (let i = 0; i < 2; i++) {
      const failed = await post(message)
      expect(failed.message['result']).toMatchObject({ isError: true })
      expect(Mcp.receiptOf(failed.message)).toBeUndefined()
      expect(codeOf(failed)).toBeUndefined()
    }
    expect(kit.chain.balance(payee.address) - before).toBe(10_000n)
  })

  test('answers -32602 to a malformed credential and -32603 when the chain is silent', async () => {
    const { kit, post, call, challenge, paying, codeOf } = await started()
    await using _ = kit
    for (const credential of [null, 7, {}, { challenge: {}, payload: {} }])
      expect(codeOf(await post(call('paid', { _meta: { [Mcp.credentialKey]: credential } })))).toBe(-32602)
    const message = await paying('paid', await challenge('paid'))
    const { request } = kit.chain
    kit.chain.request = async (asked) => {
      if (asked.method === 'eth_getTransactionReceipt') throw new RpcError(-32_000, 'no')
      return request.call(kit.chain, asked)
    }
    expect(codeOf(await post(message))).toBe(-32603)
    kit.chain.request = request
    expect(codeOf(await post(message))).toBeUndefined()
  })
})

test.each([
  ['no JSON', '{', -32_700],
  ['a batch', '[]', -32_600],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32_600],
  ['an id that is none', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32_600],
  ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"resources/list"}', -32_601],
  ['an unknown tool', '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"toString"}}', -32_602],
])('%s is answered by an error', async (_, body, code) => {
  const { kit, url } = await started()
  await using __ = kit
  const response = await fetch(url, { method: 'POST', body })
  expect([response.status, await response.json()]).toMatchObject([200, { error: { code } }])
})

test('other methods than POST are not for it', async () => {
  const { kit, url } = await started()
  await using _ = kit
  expect((await fetch(url)).status).toBe(405)
})

test('who is answered, and under which id', async () => {
  const { kit, url } = await started()
  await using _ = kit
  const answered = async (body: string) => {
    const response = await fetch(url, { method: 'POST', body })
    const text = await response.text()
    return [
      response.status,
      /"id":(.*?),"(?:result|error)"/.exec(text)?.[1],
      /"code":(-[0-9]+)/.exec(text)?.[1],
    ]
  }
  const rows: [body: string, status: number, id?: string, code?: string][] = [
    ['{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', 200, '9007199254740993'],
    ['{"jsonrpc":"2.0","id":"a","method":"ping"}', 200, '"a"'],
    ['{"jsonrpc":"2.0","method":"ping"}', 202],
    ['{"jsonrpc":"2.0","method":"no such"}', 202],
    ['{"jsonrpc":"2.0","id":1.50,"method":"no such"}', 200, '1.50', '-32601'],
    // Answers, to questions that were not asked.
    ['{"jsonrpc":"2.0","id":1,"result":{}}', 202],
    ['{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}', 202],
    // Neither a request nor an answer.
    ['{"jsonrpc":"2.0","id":9007199254740993,"method":1}', 200, '9007199254740993', '-32600'],
    ['{"jsonrpc":"2.0","id":1}', 200, '1', '-32600'],
    ['{"jsonrpc":"2.0","method":1}', 200, 'null', '-32600'],
    ['{"jsonrpc":"2.0","id":{},"method":"ping"}', 200, 'null', '-32600'],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', 200, 'null', '-32600'],
    ['{"id":1,"method":"ping"}', 200, 'null', '-32600'],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]', 200, 'null', '-32600'],
    ['[]', 200, 'null', '-32600'],
    ['{"jsonrpc":"2.0",', 200, 'null', '-32700'],
  ]
  for (const [body, ...expected] of rows)
    expect([body, ...(await answered(body))]).toEqual([body, expected[0], expected[1], expected[2]])
})
