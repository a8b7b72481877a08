/** A bad network between an honest payer and an honest payee: neither loses more than what was under way. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { abi, decodeEvent } from '../../../src/contracts/reserve-abi.ts'
import { listen } from '../../../src/http/listen.ts'
import { memoryJournal } from '../../../src/mpp/client/journal.ts'
import { session } from '../../../src/mpp/client/session.ts'
import { newChain, payer, paymentsOn } from '../../support/kit.ts'

const price = 1_000n

/** What becomes of one request: it arrives, it does not, or its answer does not. */
const fate = fc.constantFrom('arrives', 'arrives', 'arrives', 'request lost', 'answer lost', '503', 'cut')
const act = fc.constantFrom('fetch', 'sse', 'three', 'break', 'restart', 'post')

test('what was delivered is paid, and not much more, whatever gets lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fate),
      async (acts, fates) => {
        const chain = newChain()
        const pay = paymentsOn(chain, { needVoucherTimeoutMs: 5_000 })
        const offer = { amount: '0.001', suggestedDeposit: '0.004' }
        const fixed = pay.fixed(offer, async () => new Response('content'))
        const stream = pay.stream(offer, async function* () {
          for (let i = 0; i < 5; i++) yield `unit ${i}`
        })
        await using server = await listen((request) => (request.url.endsWith('/s') ? stream : fixed)(request))
        let faults = true
        let lost = 0
        let restarts = 0
        const flaky: typeof fetch = async (input, init) => {
          const { value = 'arrives' } = faults ? fates.next() : {}
          if (value === 'request lost') throw new TypeError('lost')
          if (value === '503') return new Response(null, { status: 503, headers: { 'retry-after': '0' } })
          const response = await fetch(input, init)
          if (value === 'answer lost') {
            lost++
            await response.body?.cancel()
            throw new TypeError('lost')
          }
          if (value !== 'cut' || response.body === null) return response
          lost++
          const [reader] = [response.body.getReader()]
          const body = new ReadableStream<Uint8Array>({
            async pull(controller) {
              const { value: chunk } = await reader.read()
              if (chunk !== undefined) controller.enqueue(chunk)
              await reader.cancel()
              controller.error(new TypeError('cut'))
            },
          })
          return new Response(body, response)
        }
        const journal = { ...memoryJournal(), claim: async () => async () => undefined }
        const options = {
          account: payer,
          chain,
          maxDeposit: '1',
          fetch: flaky,
          journal,
          sleep: async () => undefined,
        }
        let paying = session(options)
        let delivered = 0n
        const once = async () => {
          const response = await paying.fetch(`${server.url}/f`)
          // A cut body was delivered as far as the payee knows.
          if (response.ok) delivered++
        }
        for (const one of acts)
          try {
            if (one === 'restart') {
              restarts++
              paying = session(options)
            } else if (one === 'fetch') await once()
            else if (one === 'post') {
              const response = await paying.fetch(`${server.url}/f`, { method: 'POST', body: `${delivered}` })
              if (response.ok) delivered++
            } else if (one === 'three') await Promise.allSettled([once(), once(), once()])
            else {
              let left = one === 'break' ? 2 : 9
              for await (const _ of paying.sse(`${server.url}/s`)) {
                delivered++
                if (--left === 0) break
              }
            }
          } catch (error) {
            if (!(error instanceof Error)) throw error
          }
        faults = false
        const { channel } = paying
        const closed = await paying.close()
        if (closed === undefined) {
          // A restarted payer finds its channel in the journal.
          for (const entry of await journal.list()) await session({ ...options, resume: entry }).close()
        }
        const logs = await new ChainClient(chain).logs(Reserve.address, [abi.topic('ChannelClosed')])
        const captured = logs.map(decodeEvent).reduce((sum, event) => {
          return event?.name === 'ChannelClosed' ? sum + event.settledToPayee : sum
        }, 0n)
        // Units under way when a stream broke or an answer was lost may have been charged.
        const slack = price * BigInt(lost + restarts + acts.length * 3)
        expect(captured).toBeGreaterThanOrEqual(price * delivered)
        expect(captured).toBeLessThanOrEqual(price * delivered + slack)
        expect(chain.balance(Reserve.address)).toBe(0n)
        if (channel !== undefined && closed !== undefined)
          expect(channel.authorized).toBeLessThanOrEqual(closed.paid + slack)
      },
    ),
    { numRuns: 40 },
  )
})
