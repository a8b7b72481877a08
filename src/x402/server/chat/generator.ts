/**
 * A model without a network: the same conversation always gets the same words. It stands where a model would, so that
 * a paid chat can be run and judged anywhere.
 */
import { sha256 } from '@noble/hashes/sha2'
import * as Hex from '../../../codec/hex.ts'
import type { JsonObject } from '../../../codec/json.ts'
import * as Utf8 from '../../../codec/utf8.ts'
import type { Model } from './model.ts'
import { type ChatRequest, tokenLimit, wantsUsage } from './request.ts'

/** Clauses the answers are put together from. */
const openings = ['A stream', 'Every token', 'The meter', 'One payment', 'A quiet server', 'The last byte']
const middles = ['carries', 'waits for', 'pays for', 'remembers', 'begins before', 'ends with']
const ends = [
  'what was asked.',
  'the first word.',
  'a settled receipt.',
  'no second charge.',
  'its own length.',
]

/** Options of `generator`. */
export interface GeneratorOptions {
  /** Its name; default `words-1`. */
  name?: string
  /** Milliseconds between two tokens; default 0. */
  delayMs?: number
  /** Sentences of one answer; default 4. */
  sentences?: number
  /** Wall clock in milliseconds, for `created` of an answer; default `Date.now`. */
  clock?: () => number
}

/** Builds a deterministic model that answers in generated sentences. Its tokens are words. */
export function generator(options: GeneratorOptions = {}): Model {
  const { name = 'words-1', delayMs = 0, sentences = 4, clock = Date.now } = options

  function answerTo(chat: ChatRequest) {
    const seed = sha256(Utf8.encode(JSON.stringify(chat.json['messages'])))
    const all = wordsOf(seed, sentences)
    const limit = tokenLimit(chat) ?? all.length
    const base = {
      id: `chatcmpl-${Hex.encode(seed).slice(2, 26)}`,
      created: Math.floor(clock() / 1000),
      model: chat.model,
    }
    return { base, tokens: all.slice(0, limit), reason: limit < all.length ? 'length' : 'stop' }
  }

  return {
    names: [name],
    async *stream(chat, signal) {
      const { base, tokens, reason } = answerTo(chat)
      const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
        ...base,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason }],
      })
      yield chunk({ role: 'assistant', content: '' })
      for (const token of tokens) {
        await pause(delayMs, signal)
        if (signal.aborted) return
        yield chunk({ content: token })
      }
      yield chunk({}, reason)
      const usage = usageOf(chat, tokens.length)
      if (wantsUsage(chat)) yield { ...base, object: 'chat.completion.chunk', choices: [], usage }
    },
    async complete(chat, signal) {
      const { base, tokens, reason } = answerTo(chat)
      await pause(delayMs * tokens.length, signal)
      return {
        ...base,
        object: 'chat.completion',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: tokens.join('') },
            finish_reason: reason,
          },
        ],
        usage: usageOf(chat, tokens.length),
      }
    },
  }
}

/** Words with the space before them, as tokens of models are. */
function wordsOf(seed: Uint8Array, sentences: number): string[] {
  const pick = (list: readonly string[], i: number) => list[(seed[i % seed.length] as number) % list.length]
  const text = Array.from({ length: sentences }, (_, i) =>
    [pick(openings, 3 * i), pick(middles, 3 * i + 1), pick(ends, 3 * i + 2)].join(' '),
  ).join(' ')
  return text.split(/(?= )/)
}

/** Words stand for tokens. */
function usageOf({ messages }: ChatRequest, completion: number): JsonObject {
  const prompt = messages.reduce((sum, { content }) => sum + countWords(content), 0)
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}

const countWords = (content: unknown): number =>
  typeof content === 'string' ? content.split(' ').filter((word) => word !== '').length : 0

/** Waits; ends early, without an error, when the signal says so. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  ms === 0 || signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => {
        const timer = setTimeout(done, ms)
        function done() {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          resolve()
        }
        signal.addEventListener('abort', done, { once: true })
      })
