/** JSON-RPC: what a server answers to a text. */
import { methodNotFound, type Rpc, RpcError } from '../../../src/chain/rpc.ts'
import { answerText } from '../../../src/chain/rpc-server.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import * as Json from '../../../src/codec/json.ts'
import { idTexts } from '../../../src/codec/json-rpc.ts'
import { type Op, text } from './op.ts'

/** A server with one method. */
const echo: Rpc = {
  async request({ method, params = null }) {
    if (method !== 'echo') throw new RpcError(methodNotFound, `no method ${method}`)
    return params
  },
}

export const jsonRpcOps = {
  'jsonrpc.answer': async (input) => {
    const answered = await answerText(echo, text(input, 'text'))
    if (answered === undefined) return { batch: false, answers: [] }
    const parsed = Json.decode(answered)
    const batch = Array.isArray(parsed)
    const numbers = idTexts(answered)
    const answers = (batch ? parsed : [parsed]).map((answer, at): JsonObject => {
      const { id = null, result, error } = answer as JsonObject
      const idText = numbers[at] ?? JSON.stringify(id)
      return Json.isObject(error)
        ? { id: idText, code: error['code'] ?? null }
        : { id: idText, result: result ?? null }
    })
    return { batch, answers }
  },
} satisfies Record<string, Op>
