/** A chat completion that is asked for, as far as it is understood here: the rest is kept for an upstream. */
import { z } from 'zod'
import { DecodeError } from '../../../codec/decode-error.ts'
import * as Json from '../../../codec/json.ts'
import { decodeWith, type Known } from '../../../codec/schema.ts'

/** Most messages of one conversation that are read. */
export const maxMessages = 4_096

export const schema = z.looseObject({
  model: z.string().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.string().min(1),
        /** Text, or parts; absent for calls of tools. */
        content: z.union([z.string(), z.array(z.looseObject({}))]).nullish(),
      }),
    )
    .max(maxMessages),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
})

export interface ChatRequest extends Known<z.output<typeof schema>> {
  /** As received. */
  json: Json.JsonObject
}

/** The text of a body to a request. Throws `DecodeError`. */
export function decode(text: string): ChatRequest {
  const json = Json.decode(text)
  if (!Json.isObject(json)) throw new DecodeError('wrong-type', 'expected a JSON object')
  return { ...decodeWith(schema, json), json }
}

/** Most tokens that an answer may have; undefined when it is not said. */
export const tokenLimit = ({ max_tokens, max_completion_tokens }: ChatRequest): number | undefined =>
  max_completion_tokens ?? max_tokens ?? undefined

/** Whether the last chunk is to say how many tokens there were. */
export const wantsUsage = ({ stream_options }: ChatRequest): boolean => stream_options?.include_usage === true
