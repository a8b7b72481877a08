/** MCP servers that ask, take or thank wrongly. */
import * as Json from '../../../../../src/codec/json.ts'
import type { Handler } from '../../../../../src/mpp/server/payments.ts'
import * as Mcp from '../../../../../src/mpp/wire/mcp.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { type Wrap, withStatus } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

type Message = Record<string, Json.JsonValue>

/** Stands between client and server: may change what either says, or answer itself. */
const between =
  (work: (message: Message, serve: (message: Message) => Promise<Message>) => Promise<Message>): Wrap =>
  (handler) =>
  async (request) => {
    if (new URL(request.url).pathname !== '/mcp') return handler(request)
    const message = Json.decode(await request.text()) as Message
    const answered = await work(message, (asked) => sendTo(handler, request, asked))
    const status = message['id'] === undefined ? 202 : 200
    const body = message['id'] === undefined ? null : JSON.stringify(answered)
    return new Response(body, { status, headers: { 'content-type': 'application/json' } })
  }

async function sendTo(handler: Handler, { url }: Request, message: Message): Promise<Message> {
  const response = await handler(new Request(url, { method: 'POST', body: JSON.stringify(message) }))
  const text = await response.text()
  return text === '' ? {} : (Json.decode(text) as Message)
}

/** Changes the answers. */
const answers = (change: (answer: Message, message: Message) => Message): Wrap =>
  between(async (message, serve) => change(await serve(message), message))

/** Changes errors with one code. */
const errors = (code: number, change: (error: Message, data: Message) => void): Wrap =>
  answers((answer) => {
    const error = answer['error'] as Message | undefined
    if (error?.['code'] === code) change(error, (error['data'] ?? {}) as Message)
    return answer
  })

const challengesOf = (data: Message) => data['challenges'] as Message[]

/** Drops what `_meta` holds in one place. */
const deafAt = (place: 'root' | 'params'): Wrap =>
  between(async (message, serve) => {
    if (place === 'root') return serve({ ...message, _meta: {} })
    const params = (message['params'] ?? {}) as Message
    return serve({ ...message, params: { ...params, _meta: {} } })
  })

const receipt = {
  status: 'success',
  method: 'tempo',
  timestamp: '2026-01-06T12:00:00Z',
  challengeId: 'none',
} as const

export const faults = [
  fault({
    name: 'payment-not-advertised',
    breaks: 'MCP-CAP-001',
    caughtBy: ['mcp.capabilities'],
    http: answers((answer) => {
      const capabilities = (answer['result'] as Message | undefined)?.['capabilities'] as Message | undefined
      delete capabilities?.['experimental']
      return answer
    }),
  }),
  fault({
    name: 'asks-with-another-code',
    breaks: 'MCP-CHAL-001',
    caughtBy: ['mcp.payment-required'],
    http: errors(Mcp.codes.paymentRequired, (error) => {
      error['code'] = -32_000
    }),
  }),
  fault({
    name: 'mcp-challenge-without-realm',
    breaks: 'MCP-CHAL-002',
    caughtBy: ['mcp.challenges'],
    http: errors(Mcp.codes.paymentRequired, (_, data) => {
      for (const challenge of challengesOf(data)) delete challenge['realm']
    }),
  }),
  fault({
    name: 'mcp-request-as-text',
    breaks: 'MCP-CHAL-003',
    caughtBy: ['mcp.native-request'],
    http: errors(Mcp.codes.paymentRequired, (_, data) => {
      for (const challenge of challengesOf(data)) challenge['request'] = 'eyJhbW91bnQiOiIxIn0'
    }),
  }),
  fault({
    name: 'no-http-status',
    breaks: 'MCP-CHAL-005',
    caughtBy: ['mcp.http-status'],
    http: errors(Mcp.codes.paymentRequired, (_, data) => delete data['httpStatus']),
  }),
  fault({
    name: 'mcp-ids-not-bound',
    breaks: 'MCP-CHAL-004',
    caughtBy: ['mcp.altered-terms', 'mcp.later-expires', 'mcp.unknown-id'],
    like: ['tempoxyz/pympp#38'],
    rules: { chargeChallenge: { issuedHere: ok, samePrice: ok } },
  }),
  fault({
    name: 'mcp-challenge-for-any-tool',
    breaks: 'MCP-CHAL-008',
    caughtBy: ['mcp.other-tool'],
    rules: { chargeChallenge: { sameOperation: ok } },
  }),
  fault({
    name: 'deaf-at-the-root',
    breaks: 'MCP-CRED-002',
    caughtBy: ['mcp.root-meta'],
    http: deafAt('root'),
  }),
  fault({
    name: 'deaf-inside-params',
    breaks: 'MCP-CRED-002',
    caughtBy: ['mcp.nested-meta', 'mcp.verification-failed', 'mcp.malformed'],
    http: deafAt('params'),
  }),
  fault({
    name: 'call-without-receipt',
    breaks: 'MCP-RCPT-001',
    caughtBy: ['mcp.receipt'],
    http: answers((answer) => {
      delete (answer['result'] as Message | undefined)?.['_meta']
      return answer
    }),
  }),
  fault({
    name: 'receipt-for-nothing',
    breaks: 'MCP-RCPT-002',
    caughtBy: ['mcp.no-receipt-unpaid', 'mcp.free-with-credential'],
    http: answers((answer, message) => {
      if (message['method'] !== 'tools/call' || answer['result'] === undefined) return answer
      return Mcp.receiptOf(answer) === undefined ? Mcp.withReceipt(answer, receipt, 'nested') : answer
    }),
  }),
  fault({
    name: 'refuses-gifts',
    breaks: 'MCP-CRED-003',
    caughtBy: ['mcp.free-with-credential'],
    http: between(async (message, serve) => {
      const { name } = (message['params'] ?? {}) as Message
      const error = { code: Mcp.codes.verificationFailed, message: 'nothing to pay' }
      return name === 'title' && Mcp.credentialOf(message) !== undefined
        ? { jsonrpc: '2.0', id: message['id'] as string, error }
        : serve(message)
    }),
  }),
  fault({
    name: 'mcp-failure-without-a-word',
    breaks: 'MCP-ERR-001',
    caughtBy: ['mcp.verification-failed'],
    http: errors(Mcp.codes.verificationFailed, (_, data) => delete data['failure']),
  }),
  fault({
    name: 'malformed-as-unverified',
    breaks: 'MCP-ERR-002',
    caughtBy: ['mcp.malformed'],
    http: errors(Mcp.codes.malformedCredential, (error) => {
      error['code'] = Mcp.codes.verificationFailed
    }),
  }),
  fault({
    name: 'own-failure-as-unverified',
    breaks: 'MCP-ERR-002',
    caughtBy: ['mcp.internal'],
    http: errors(Mcp.codes.internalError, (error) => {
      error['code'] = Mcp.codes.verificationFailed
    }),
  }),
  fault({
    name: 'mcp-ids-used-twice',
    breaks: 'MCP-REPL-002',
    caughtBy: ['mcp.used-id', 'mcp.race', 'audit.charged-is-delivered'],
    rules: { challengeUse: { unusedChallenge: ok } },
  }),
  fault({
    name: 'answers-no-paid-call',
    breaks: 'MCP-CHAL-006',
    caughtBy: ['mcp.nested-meta', 'mcp.root-meta'],
    rules: { transfer: { pullOffered: () => refuse('verification-failed', 'pay the other one too') } },
  }),
  fault({
    name: 'acts-on-notifications',
    breaks: 'MCP-NOTE-001',
    caughtBy: ['mcp.notification', 'audit.charged-is-delivered'],
    http: between((message, serve) => serve({ id: 'a notification', ...message })),
  }),
  fault({
    name: 'call-refused-with-500',
    breaks: 'CORE-PROB-010',
    caughtBy: ['mcp.no-5xx', 'mcp-expiry.no-5xx'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (new URL(request.url).pathname !== '/mcp') return response
      const text = await response.clone().text()
      return text.includes(String(Mcp.codes.verificationFailed)) ? withStatus(response, 500) : response
    },
  }),
]
