/** The catalogue of spec/requirements: what must be true, one entry per normative statement. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { readSpec } from './spec.ts'
import { HarnessError } from './verdict.ts'

export const schema = z.strictObject({
  id: z.string().regex(/^[A-Z]+(-[A-Z]+)?-[0-9]{3}$/),
  level: z.enum(['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY']),
  /** A role that a suite of the profile judges, or what no suite does: `both`, `codec`, `contract`. */
  role: z.string().min(1),
  basis: z.enum(['normative', 'table', 'implied', 'reference-code']),
  source: z.string(),
  observable: z.enum(['wire', 'rpc', 'onchain', 'codec', 'not-observable']),
  since: z.string().optional(),
  appliesWhen: z.string().optional(),
  reading: z.string().optional(),
  statement: z.string(),
  statement00: z.string().optional(),
  level00: z.string().optional(),
  /** Why no check judges it. Present exactly when none does. */
  unchecked: z.string().optional(),
})

/** One entry of `spec/requirements`, with the profile whose folder it is in. */
export type Requirement = z.output<typeof schema> & { profile: string }

const folder = fileURLToPath(new URL('../../spec/requirements/', import.meta.url))

/** Reads every file of the catalogue; a folder is a profile. Throws `HarnessError` for an entry that does not fit. */
export function loadRequirements(): ReadonlyMap<string, Requirement> {
  const out = new Map<string, Requirement>()
  for (const profile of readdirSync(folder).sort())
    for (const file of readdirSync(folder + profile)
      .filter((name) => name.endsWith('.yaml'))
      .sort()) {
      const name = `${profile}/${file}`
      for (const entry of readSpec(`requirements/${name}`) as unknown[]) {
        const result = schema.safeParse(entry)
        if (!result.success) throw new HarnessError(`${name}: ${z.prettifyError(result.error)}`)
        if (out.has(result.data.id)) throw new HarnessError(`${name}: ${result.data.id} occurs twice`)
        out.set(result.data.id, { ...result.data, profile })
      }
    }
  return out
}

/** Whether breaking a requirement of this level is a failure (MUST, MUST NOT) or a warning (all others). */
export const gravity = (level: Requirement['level']): 'fail' | 'warn' =>
  level === 'MUST' || level === 'MUST NOT' ? 'fail' : 'warn'
