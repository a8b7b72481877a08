/** What is known to go wrong: the attacks, the bugs and the limits of spec/, each with the checks that show it. */
import { z } from 'zod'
import { readSpec } from './spec.ts'
import { inside } from './suite.ts'
import { HarnessError } from './verdict.ts'

/** What shows it: checks, vectors as `file#flag`, tests of this repository; or the reason why nothing does. */
const shown = {
  checks: z.array(z.string()).min(1).optional(),
  vectors: z.array(z.string().regex(/^[\w-]+\.json#\w+$/)).optional(),
  tests: z.array(z.string()).optional(),
  /** The part that none of them shows. */
  missing: z.string().optional(),
  /** Why no check and no vector shows it. */
  unchecked: z.string().optional(),
}

const attack = z.strictObject({ attack: z.int(), title: z.string(), ...shown })
const attacksFile = z.strictObject({
  attacks: z.array(attack),
  /** What must hold after every refusal. */
  refusals: z.array(z.strictObject({ rule: z.string(), title: z.string(), ...shown })),
  /** What must be accepted. */
  controls: z.array(z.strictObject({ control: z.string(), title: z.string(), ...shown })),
})
const bugFields = {
  entry: z.int(),
  what: z.string(),
  ...shown,
}
const where = z.array(z.string()).min(1)
const bug = z.union([
  /** One bug, wherever it was met: issues and advisories. */
  z.strictObject({ ...bugFields, where }),
  /** Several bugs that are told together; each has checks of its own. */
  z
    .strictObject({ ...bugFields, parts: z.array(z.strictObject({ where, checks: z.array(z.string()) })) })
    .transform((entry) => ({
      ...entry,
      where: entry.parts.flatMap((part) => part.where),
      checks: [...new Set(entry.parts.flatMap((part) => part.checks))],
    })),
])

/** A claim about what strangers may send, with what shows it; tests as `path: title`. */
const claim = z
  .strictObject({
    claim: z.string(),
    tests: z
      .array(z.string().regex(/^test\/[\w/.-]+\.test\.ts: ./))
      .min(1)
      .optional(),
    checks: shown.checks,
    vectors: shown.vectors,
  })
  .refine(({ tests, checks, vectors }) => (tests ?? checks ?? vectors) !== undefined, 'nothing shows it')
const limit = z.strictObject({
  limit: z.string(),
  /** Entries of the bugs of the field that it is about. */
  bugs: z.array(z.int()).optional(),
  claims: z.array(claim).min(1),
})

export type Attacks = z.output<typeof attacksFile>
export type Bug = z.output<typeof bug>

function load<T>(name: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(readSpec(name))
  if (!result.success) throw new HarnessError(`${name}: ${z.prettifyError(result.error)}`)
  return result.data
}

/** Reads spec/attacks.yaml. Throws `HarnessError` when it does not fit. */
export const loadAttacks = (): Attacks => load('attacks.yaml', attacksFile)

/** Reads spec/field-bugs.yaml. Throws `HarnessError` when it does not fit. */
export const loadBugs = (): Bug[] => load('field-bugs.yaml', z.array(bug))

/** Reads spec/limits.yaml. Throws `HarnessError` when it does not fit. */
export const loadLimits = (): z.output<typeof limit>[] => load('limits.yaml', z.array(limit))

/** A suite's check -> the bugs that would turn it red: what a failure of it may be like. */
export function bugsByCheck(suite: {
  profile: string
  role: string
}): ReadonlyMap<string, readonly string[]> {
  const out = new Map<string, Set<string>>()
  for (const entry of loadBugs())
    for (const { where: met, checks = [] } of 'parts' in entry ? entry.parts : [entry])
      for (const named of checks) {
        const check = inside(suite, named)
        if (check !== undefined) out.set(check, new Set([...(out.get(check) ?? []), ...met]))
      }
  return new Map([...out].map(([check, bugs]) => [check, [...bugs]]))
}
