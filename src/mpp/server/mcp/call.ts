/** One call of a tool: paid for in `_meta`, answered with a receipt there (JSON-RPC and MCP transport draft). */
import { RpcError, RpcUnreachable } from '../../../chain/rpc.ts'
import { DecodeError } from '../../../codec/decode-error.ts'
import type { JsonObject } from '../../../codec/json.ts'
import * as Json from '../../../codec/json.ts'
import * as Mcp from '../../wire/mcp.ts'
import * as Problem from '../../wire/problem.ts'
import { isDeclined, isRefusal } from '../actions/action.ts'
import type { Collect, Collected } from '../charge/collect.ts'
import { type ChargeOffer, issueCharge } from '../charge/offer.ts'
import { chargeReceipt } from '../charge/receipt.ts'
import { reopen } from '../charge/uses.ts'
import { verifyCharge } from '../charge/verify.ts'
import type { Payee } from '../payee.ts'
import { failedAnswer } from '../unclaimed.ts'
import { said, type Tool } from './tools.ts'

/** The `result` or the `error` of a JSON-RPC response. */
export type Outcome = { result: JsonObject } | { error: JsonObject }

/** An error that asks for nothing. */
export const failure = (code: number, message: string, detail?: string): Outcome => ({
  error: { code, message, ...(detail === undefined ? {} : { data: { detail } }) },
})

/** Calls a tool. A free one looks at no credential (MCP-CRED-003). */
export async function callTool(
  payee: Payee,
  collect: Collect,
  { name, tool }: { name: string; tool: Tool },
  message: JsonObject,
): Promise<Outcome> {
  const { price } = tool
  if (price === undefined) return (await run(payee, tool, message)).outcome
  const collected = await pay(payee, collect, { name, price }, message)
  if ('error' in collected) return collected
  const { outcome, failed } = await run(payee, tool, message)
  if (failed) await reopen(payee, collected.challenge, collected.by)
  if (failed || 'error' in outcome) return outcome
  const { result } = Mcp.withReceipt(outcome, chargeReceipt(price, collected), 'nested')
  return { result: result as JsonObject }
}

/** Takes the payment, or says what it needs. */
async function pay(
  payee: Payee,
  collect: Collect,
  { name, price }: { name: string; price: ChargeOffer },
  message: JsonObject,
): Promise<Collected | { error: JsonObject }> {
  const operation = `tools/call ${name}`
  const ask = async (refusal: Problem.Refusal) => ({
    error: asking(refusal, await issueCharge(price, payee, { operation })),
  })
  try {
    const credential = Mcp.credentialOf(message)
    if (credential === undefined) return await ask(Problem.refuse('payment-required', `${name} is paid for`))
    const verified = await verifyCharge(payee, price, credential, { operation })
    if (isRefusal(verified)) return await ask(verified)
    const collected = await collect(
      price.allows === undefined ? verified : { ...verified, allows: price.allows },
    )
    if (isRefusal(collected)) return await ask(collected)
    return isDeclined(collected) ? { error: { code: forbidden, message: 'Forbidden' } } : collected
  } catch (error) {
    if (error instanceof DecodeError) return { error: malformed(error.message) }
    if (error instanceof RpcUnreachable || error instanceof RpcError) return { error: internal() }
    throw error
  }
}

/** The error code for a valid payment of a payer that policy does not allow: a server-defined code. */
const forbidden = -32_003

/** The JSON-RPC error of a refusal, by "Error Code Mapping": it asks for a payment, or for another one. */
function asking(refusal: Problem.Refusal, challenge: Parameters<typeof Mcp.fromChallenge>[0]): JsonObject {
  const { problem, detail } = refusal
  if (problem === 'invalid-payload') return malformed(detail)
  const common = { challenges: [challenge], problem: Problem.from(refusal, challenge.id) }
  return problem === 'payment-required'
    ? Mcp.encodeError({ code: Mcp.codes.paymentRequired, message: 'Payment Required', ...common })
    : Mcp.encodeError({
        code: Mcp.codes.verificationFailed,
        message: 'Payment Verification Failed',
        ...common,
        failure: { reason: problem, detail },
      })
}

const malformed = (detail: string): JsonObject => ({
  code: Mcp.codes.malformedCredential,
  message: 'Invalid params',
  data: { detail },
})

/** The payment could not be looked at; whether it was made is not known. */
const internal = (): JsonObject => ({
  code: Mcp.codes.internalError,
  message: 'Internal error',
  data: {
    problem: Problem.from(
      Problem.refuse('internal-payment-error', 'the chain cannot be reached; try again'),
    ) as JsonObject,
  },
})

/** Runs a tool. What it throws is its own error, told to the client without a stack. */
async function run(
  payee: Payee,
  tool: Tool,
  message: JsonObject,
): Promise<{ outcome: Outcome; failed: boolean }> {
  const params = Json.isObject(message['params']) ? message['params'] : {}
  const args = Json.isObject(params['arguments']) ? params['arguments'] : {}
  try {
    return { outcome: { result: said(await tool.call(args)) }, failed: false }
  } catch (error) {
    payee.onError(failedAnswer(error))
    const text = error instanceof Error ? error.message : 'the tool failed'
    return { outcome: { result: said(text, true) }, failed: true }
  }
}
