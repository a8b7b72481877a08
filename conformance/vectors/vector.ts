/**
 * The form of vectors/*.json, and what a definition of one is made of.
 *
 * A case is an operation's input with its value, or with the reason it must be refused. `tcId` never changes once
 * given: it is found again by operation and input when the files are generated.
 */
import { z } from 'zod'
import type { JsonObject } from '../../src/codec/json.ts'
import type { FlagName } from './flags.ts'

const object = z.record(z.string(), z.unknown())

const caseFields = {
  tcId: z.int().positive(),
  comment: z.string().min(1),
  flags: z.array(z.string()).min(1),
  /** Overrides the group's. */
  requirements: z.array(z.string()).optional(),
  input: object,
}

export const caseSchema = z.discriminatedUnion('result', [
  z.strictObject({ ...caseFields, result: z.literal('valid'), value: object }),
  z.strictObject({ ...caseFields, result: z.literal('invalid'), reason: z.string().regex(/^[a-z0-9/-]+$/) }),
])

export const groupSchema = z.strictObject({
  op: z.string(),
  comment: z.string(),
  /** Ids of spec/requirements that the group illustrates. */
  requirements: z.array(z.string()),
  /** `exact`: the value is equal as JSON. `semantic`: a header may differ in text but says the same. */
  compare: z.enum(['exact', 'semantic']),
  tests: z.array(caseSchema).min(1),
})

/** The shape of a file of vectors; `vectors/schema.json` is made from it. */
export const schema = z.strictObject({
  schema: z.literal(1),
  file: z.string(),
  title: z.string(),
  numberOfTests: z.int(),
  numberOfValid: z.int(),
  numberOfInvalid: z.int(),
  /** The highest id ever given in this file. */
  lastTcId: z.int(),
  notes: z.record(
    z.string(),
    z.strictObject({
      bugType: z.string(),
      description: z.string(),
      effect: z.string(),
      links: z.array(z.string()),
    }),
  ),
  groups: z.array(groupSchema),
})

/** A file of vectors. */
export type VectorFile = z.output<typeof schema>

/** Cases of one operation. */
export type VectorGroup = z.output<typeof groupSchema>

/** One input, with the value it must give or the reason to refuse it. */
export type VectorCase = z.output<typeof caseSchema>

/** A case as it is written down: no id yet, the value optional where our library supplies it. */
export interface Draft {
  comment: string
  flags: FlagName[]
  requirements?: string[]
  input: JsonObject
  value?: JsonObject
  reason?: string
}

export interface GroupDraft {
  op: string
  comment: string
  /** What every case illustrates. */
  requirements: string[]
  /** What some illustrate besides: requirement to the comments of its cases. */
  naming?: Readonly<Record<string, RegExp>>
  compare?: 'exact' | 'semantic'
  tests: Draft[]
}

/** One file to be. */
export interface Definition {
  file: string
  title: string
  groups: GroupDraft[]
}

/** A case that must be accepted. Without a value, ours is written down and cross-checked in test/vectors. */
export const valid = (
  comment: string,
  input: JsonObject,
  value?: JsonObject,
  ...flags: FlagName[]
): Draft => ({ comment, flags: flags.length > 0 ? flags : ['Normal'], input, ...(value && { value }) })

/** A case that must be refused, for this reason. */
export const invalid = (comment: string, input: JsonObject, reason: string, ...flags: FlagName[]): Draft => ({
  comment,
  flags: flags.length > 0 ? flags : ['Malformed'],
  input,
  reason,
})

/**
 * JSON text that is equal for equal values: members sorted by name. Unlike RFC 8785 it takes lone surrogates, since
 * cases are also about those.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
