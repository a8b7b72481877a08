/** Faults of clients that read whatever comes, and answer as often as they are asked. */
import { request as httpRequest } from 'node:http'
import { isStream } from '../../../../peers/answers.ts'
import { faultsOf, ok } from '../fault.ts'
import { hearingText } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('floods')

type Puppet = NonNullable<ClientVariant['fetch']>

/** Reads the whole body of answers that a condition picks before anything is made of them. */
const readingWhole =
  (picks: (response: Response) => boolean): Puppet =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!picks(response) || response.body === null) return response
    const reader = response.body.getReader()
    while (!(await reader.read()).done);
    const { status, headers } = response
    return new Response(null, { status, headers })
  }

/** Takes headers of any length, on a connection of its own. */
const takingAnyHeader: Puppet = (fetch) => async (input, init) => {
  const url = String(input)
  const headers = Object.fromEntries(new Headers(init?.headers))
  if (headers['authorization'] !== undefined) return fetch(input, init)
  const options = { method: init?.method ?? 'GET', headers, maxHeaderSize: 2 ** 30 }
  await new Promise<void>((resolve) => {
    const outgoing = httpRequest(url, options, (answer) => {
      answer.destroy()
      resolve()
    })
    outgoing.once('error', () => resolve())
    outgoing.end()
  })
  return fetch(input, init)
}

export const faults = [
  named('takes-headers-of-any-length', 'SESS-CLI-004', ['headers'], { fetch: takingAnyHeader }),
  named('reads-refusals-whole', 'SESS-CLI-004', ['refusal', 'problem'], {
    fetch: readingWhole(({ status }) => status === 402),
  }),
  named('reads-problems-whole', 'SESS-CLI-004', ['problem'], {
    fetch: readingWhole(({ status, headers }) => status === 402 && !headers.has('www-authenticate')),
  }),
  named('buffers-streams', 'SESS-CLI-004', ['event', 'comment', 'name', 'packed'], {
    fetch: readingWhole(isStream),
  }),
  named('unpacks-without-a-limit', 'SESS-CLI-004', ['packed'], {
    fetch: readingWhole((response) => response.headers.has('content-encoding')),
  }),
  named('counts-comments-as-units', 'SESS-SSE-014', ['comments'], {
    fetch: hearingText((text) => text.replaceAll(': still here', 'data: still here')),
  }),
  named('answers-the-same-question-for-ever', 'SESS-CLI-004', ['same-question'], {
    rules: { sign: { asksAgain: ok } },
  }),
]
