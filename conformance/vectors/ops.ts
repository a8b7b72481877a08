/** Every operation of the vectors, on our library: what `vectors check` runs and what our adapter answers with. */
import { DecodeError } from '../../src/codec/decode-error.ts'
import type { JsonObject, JsonValue } from '../../src/codec/json.ts'
import { isObject } from '../../src/codec/json.ts'
import { codecOps } from './ops/codec.ts'
import { jsonRpcOps } from './ops/json-rpc.ts'
import { mppOps } from './ops/mpp.ts'
import { type Op, Refused } from './ops/op.ts'
import { sessionOps } from './ops/session.ts'
import { x402Ops } from './ops/x402.ts'

/**
 * The operations of the vectors by name, each answered by this library. An operation throws when it refuses its input.
 */
export const ops: Readonly<Record<string, Op>> = {
  ...codecOps,
  ...jsonRpcOps,
  ...mppOps,
  ...sessionOps,
  ...x402Ops,
}

/** Names that other adapters use for the same operations. */
export const aliases: Readonly<Record<string, string>> = {
  'challenge.parse': 'challenge.decode',
  'challenge.format': 'challenge.encode',
  'credential.parse': 'credential.decode',
  'credential.format': 'credential.encode',
  'receipt.parse': 'receipt.decode',
  'receipt.format': 'receipt.encode',
}

/** A request to an adapter. */
export interface Request {
  schema: 1
  op: string
  input: JsonValue
  context?: JsonObject
}

/** What an adapter answers. `code` is ours: the reason, in the words of the vectors. */
export type Answer =
  | { ok: true; value: JsonValue }
  | { ok: false; error: { type: string; message: string; code?: string } }

/** The reason of a value that has no wire form. */
export const unencodable = 'unencodable'

const failure = (type: string, code: string, message: string): Answer => ({
  ok: false,
  error: { type, message, code },
})

/**
 * Answers a request with this library. Never rejects: a refusal, an unknown operation or a malformed request is an
 * error answer.
 */
export async function answer(request: unknown): Promise<Answer> {
  if (!isObject(request) || request['schema'] !== 1)
    return failure('unknown_error', 'bad-request', 'a request has schema 1, an op and an input')
  const name = String(request['op'])
  const op = Object.hasOwn(aliases, name) ? (aliases[name] as string) : name
  if (!Object.hasOwn(ops, op)) return failure('unsupported_operation', 'unsupported', `no operation ${name}`)
  if (!isObject(request['input'])) return failure('parse_error', 'wrong-type', 'the input is an object')
  try {
    return { ok: true, value: await (ops[op] as Op)(request['input']) }
  } catch (error) {
    if (error instanceof DecodeError) return failure('parse_error', error.code, error.message)
    if (error instanceof Refused) return failure('verification_error', error.code, error.message)
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
      return failure('format_error', unencodable, error.message)
    return failure('unknown_error', 'bug', error instanceof Error ? error.message : String(error))
  }
}
