// What the handlers of all servers here do: they hand a chat on to UPSTREAM_URL and its answer back as it comes; without
// one they say hello. Written as an application would write it, around the payment and not for it.
const { UPSTREAM_URL } = process.env
const delta = (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
const hello = [delta('Hello'), delta(' there'), 'data: [DONE]\n\n']
const broken = `data: ${JSON.stringify({ error: { message: 'the model broke off', type: 'server_error' } })}\n\n`

// The answer to a chat: its type and its parts; undefined when the model fails.
export async function chat(body, signal) {
  if (UPSTREAM_URL === undefined) return { type: 'text/event-stream', parts: hello }
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal }
  const answer = await fetch(`${UPSTREAM_URL}/chat/completions`, init).catch(() => undefined)
  if (!answer?.ok) return undefined
  return { type: answer.headers.get('content-type'), parts: told(answer.body) }
}

// A stream that breaks off says so.
async function* told(parts) {
  try {
    for await (const part of parts) yield part
  } catch {
    yield broken
  }
}
