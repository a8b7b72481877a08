/** What nodes answer that is odd, or no JSON-RPC: the caller gets a result, an `RpcError` or `RpcUnreachable`, and soon. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { fetchRpc, maxAnswerBytes } from '../../src/chain/fetch-rpc.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'

/** A node that answers as it is told to. */
async function nodeOf(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const saying = (text: string): RequestListener => {
  return (_, response) => void response.end(text)
}

describe.each([
  ['httpRpc', httpRpc],
  ['fetchRpc', fetchRpc],
])('%s', (_, rpc) => {
  test.each<[string, string, unknown]>([
    ['a null error beside the result', '{"jsonrpc":"2.0","id":1,"result":"0x1","error":null}', '0x1'],
    ['a null result', '{"jsonrpc":"2.0","id":1,"result":null}', null],
    ['another version and another id', '{"jsonrpc":"1.0","id":"x","result":7}', 7],
  ])('%s', async (_, text, result) => {
    await using node = await nodeOf(saying(text))
    expect(await rpc(node.url).request({ method: 'x' })).toEqual(result)
  })

  test.each<[string, string, [code: number, message: string]]>([
    ['an error', '{"error":{"code":3,"message":"no","data":"0x"}}', [3, 'no']],
    ['an error that is text', '{"error":"no"}', [-32_603, 'no']],
    ['an error that is a number', '{"error":5}', [-32_603, 'unknown error']],
    ['an error that is a list', '{"error":[]}', [-32_603, 'unknown error']],
    ['an error that is false', '{"error":false}', [-32_603, 'unknown error']],
    ['an error without members', '{"error":{}}', [-32_603, 'unknown error']],
    ['members of other types', '{"error":{"code":"3","message":7,"data":{}}}', [-32_603, 'unknown error']],
    ['an error beside a result', '{"result":"0x1","error":{"code":-32000,"message":"no"}}', [-32_000, 'no']],
  ])('%s', async (_, text, [code, message]) => {
    await using node = await nodeOf(saying(text))
    const error = await rpc(node.url)
      .request({ method: 'x' })
      .catch((error: unknown) => error)
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ code, message })
  })

  test.each(['', 'null', '7', '"0x1"', '[]', '{}', '<html>', '{"result":'])('%j is none', async (text) => {
    await using node = await nodeOf(saying(text))
    await expect(rpc(node.url).request({ method: 'x' })).rejects.toThrow(RpcUnreachable)
  })

  test('an answer without end is read to a limit', async () => {
    let sent = 0
    await using node = await nodeOf((_, response) => {
      const more = () => {
        while (!response.destroyed) {
          sent += 65_536
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more)
        }
      }
      more()
    })
    await expect(rpc(node.url, { timeoutMs: 60_000 }).request({ method: 'x' })).rejects.toThrow(
      `more than ${maxAnswerBytes} bytes`,
    )
    expect(sent).toBeLessThan(2 * maxAnswerBytes)
  })

  test('one that goes on slowly is given up', async () => {
    await using node = await nodeOf((_, response) => {
      const beat = setInterval(() => response.write(' '), 5)
      response.once('close', () => clearInterval(beat))
    })
    await expect(rpc(node.url, { timeoutMs: 50 }).request({ method: 'x' })).rejects.toThrow(RpcUnreachable)
  })
})
