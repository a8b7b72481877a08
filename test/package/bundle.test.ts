/** `./mpp` and `./chain` as one script for browsers and workers, run where there is no Node and no package. */
import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { bundle, purchased } from '../support/bundle.ts'

/** Timers are numbers there. */
const timers = new Map<number, NodeJS.Timeout>()
type Start = (callback: () => void, ms: number) => NodeJS.Timeout
const numbered = (start: Start) => (callback: () => void, ms: number) => {
  const id = timers.size + 1
  timers.set(id, start(callback, ms))
  return id
}

/** What browsers and workers both have, beside the language itself. */
const web = {
  AbortController,
  AbortSignal,
  atob,
  btoa,
  clearInterval: (id: number) => clearInterval(timers.get(id)),
  clearTimeout: (id: number) => clearTimeout(timers.get(id)),
  console,
  crypto,
  fetch,
  Headers,
  performance,
  queueMicrotask,
  ReadableStream,
  Request,
  Response,
  setInterval: numbered(setInterval),
  setTimeout: numbered(setTimeout),
  structuredClone,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TransformStream,
  URL,
  URLSearchParams,
}

test.each(['browser', 'worker'] as const)('the bundle for a %s buys, signs and decodes', async (kind) => {
  const script = await bundle(kind)
  expect(script).not.toMatch(/\brequire\(|\bimport\b\s*[({*"']|from\s*["']node:/)
  const context = createContext({ ...web })
  const purchase = runInContext(`${script}; purchase`, context) as () => Promise<unknown>
  expect(JSON.parse(JSON.stringify(await purchase()))).toEqual(purchased)
  expect(runInContext('typeof process + typeof Buffer + typeof require', context)).toBe('undefined'.repeat(3))
})
