/**
 * The route behind the page: buys the answer and passes its stream through, byte by byte. The key stays here. When the
 * visitor stops or leaves, the purchase is cancelled with the request.
 */
import { PolicyError } from 'streamed-payments/x402'
import { billHeaders } from '../../../lib/bill'
import { pay } from '../../../lib/payer'

const chatUrl = () => process.env['CHAT_URL'] ?? 'http://127.0.0.1:3001/v1/chat/completions'
const maxQuestionChars = 2_000

export async function POST(request: Request): Promise<Response> {
  // A page of another site must not spend this server's money with its visitors' browsers.
  if (request.headers.get('sec-fetch-site') !== 'same-origin') return refusal(403, 'ask from this page')
  const question = await questionIn(request)
  if (question === undefined) return refusal(400, `a question has 1 to ${maxQuestionChars} characters`)
  try {
    const { answer, bill } = await pay(chatUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({
        model: 'words-1',
        stream: true,
        messages: [{ role: 'user', content: question }],
      }),
      signal: request.signal,
    })
    if (answer.status === 402) {
      await answer.body?.cancel()
      return refusal(402, 'the payment was refused, nothing was paid')
    }
    const type = answer.headers.get('content-type') ?? 'application/json'
    const headers = { 'content-type': type, 'cache-control': 'no-store', ...billHeaders(bill) }
    return new Response(answer.body, { status: answer.status, headers })
  } catch (error) {
    if (error instanceof PolicyError) return refusal(402, `not paid: ${error.message}`)
    if (request.signal.aborted) return refusal(499, 'the visitor left')
    console.error(error)
    return refusal(502, 'the chat cannot be reached')
  }
}

/** The one message that the page sends; undefined for anything else. */
async function questionIn(request: Request): Promise<string | undefined> {
  const body: unknown = await request.json().catch(() => undefined)
  const messages = (body as { messages?: unknown } | undefined)?.messages
  const content = Array.isArray(messages) ? (messages[0] as { content?: unknown })?.content : undefined
  return typeof content === 'string' && content.trim() !== '' && content.length <= maxQuestionChars
    ? content
    : undefined
}

const refusal = (status: number, message: string): Response =>
  Response.json({ error: { message } }, { status })
