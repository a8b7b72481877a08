/** A client behind the contract of conformance/README.md, done by whatever a test gives it. */
import type { Handler } from '../../src/http/handler.ts'
import { type Listening, listen } from '../../src/http/listen.ts'

export interface Remote extends Listening {
  /** What was asked of it, as `POST /start`. */
  asked: string[]
  /** What it was sent on, in order. */
  errands: Record<string, unknown>[]
}

/** Serves the contract; an errand is done when `run` resolves. `stop` ends one that is not. */
export async function remoteClient(
  run: (parameters: Record<string, unknown>, id: string) => Promise<unknown>,
  stop: (id: string) => Promise<void> = async () => undefined,
): Promise<Remote> {
  const asked: string[] = []
  const errands: Record<string, unknown>[] = []
  const ended = new Map<string, unknown>()
  const handle: Handler = async (request) => {
    const { pathname } = new URL(request.url)
    asked.push(`${request.method} ${pathname}`)
    if (request.method === 'POST' && pathname === '/start') {
      const parameters = (await request.json()) as Record<string, unknown>
      const id = `errand-${errands.push(parameters)}`
      ended.set(id, { status: 'running' })
      void run(parameters, id).then((status) => ended.set(id, status))
      return Response.json({ id })
    }
    const id = pathname.split('/').at(-1) ?? ''
    if (!ended.has(id)) return new Response(null, { status: 404 })
    if (request.method === 'GET') return Response.json(ended.get(id))
    await stop(id)
    return new Response(null, { status: 204 })
  }
  return Object.assign(await listen(handle), { asked, errands })
}
