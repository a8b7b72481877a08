/**
 * Schemas compiled into plain functions: for a value that is as it should be they answer what zod would, in a fraction
 * of its time. They judge nothing: what is not proven to be in order, and every schema with a part unknown here, is left
 * to zod, which decides and says what is wrong.
 *
 * Fields with a meaning of their own (amounts, hex) are known by `register`; everything else is read off the schema.
 */
import type { z } from 'zod'
import * as Jcs from './jcs.ts'

/** Not proven to be in order: ask zod. */
export const miss = Symbol('miss')

/** A schema as functions. Each answers `miss` for what it cannot answer for. */
export interface Compiled {
  /** A wire value to its inner form. */
  read(value: unknown): unknown
  /** An inner value to its wire form. */
  encode(value: unknown): unknown
  /** An inner value to the canonical JSON of its wire form. */
  write(value: unknown): string | typeof miss
  /** How its canonical JSON looks, where a pattern can say it. */
  text?: TextForm | undefined
}

/** Canonical JSON as a pattern. Every part that varies is a group. */
export interface TextForm {
  source: string
  groups: number
  /** The inner value that a match says, its first group at `at`; or `miss`. */
  value(found: RegExpExecArray, at: number): unknown
}

const registered = new WeakMap<object, Compiled>()
const compiled = new WeakMap<object, Compiled>()

/** Makes a field known that has a meaning of its own. */
export function register<S extends object>(schema: S, functions: Compiled): S {
  registered.set(schema, functions)
  return schema
}

/**
 * A schema of objects and arrays that are never changed, as they are in records that are replaced whole: the text of
 * one is written once.
 */
export function unchanging<S extends z.ZodType>(schema: S): S {
  const own = schema.clone()
  const plain = compile(schema)
  const texts = new WeakMap<object, string | typeof miss>()
  return register(own, {
    ...plain,
    write(value) {
      if (typeof value !== 'object' || value === null) return miss
      let text = texts.get(value)
      if (text === undefined) {
        text = plain.write(value)
        texts.set(value, text)
      }
      return text
    },
  })
}

/** The form of a string that matches a pattern without quotes, backslashes and groups. */
export const quoted = (source: string, read: Compiled['read']): TextForm => ({
  source: `"(${source})"`,
  groups: 1,
  value: (found, at) => read(found[at]),
})

/** A schema as functions, built when it is first needed. */
export function compile(schema: z.core.$ZodType): Compiled {
  let found = compiled.get(schema)
  if (found === undefined) {
    found = build(schema) ?? never
    compiled.set(schema, found)
  }
  return found
}

const never: Compiled = { read: () => miss, encode: () => miss, write: () => miss }

/** A value that is the same inside and on the wire. */
function same(is: (value: unknown) => boolean, text?: TextForm): Compiled {
  const asItIs = (value: unknown) => (is(value) ? value : miss)
  return { read: asItIs, encode: asItIs, write: (value) => (is(value) ? scalar(value) : miss), text }
}

/** One of a few values. */
function oneOf(values: readonly unknown[]): Compiled {
  const read = (value: unknown) => (values.includes(value) ? value : miss)
  const simple = values.every((value) => typeof value === 'string' && /^[\w-]+$/.test(value))
  const [only] = values
  if (values.length > 1 || !simple)
    return same((value) => values.includes(value), simple ? quoted(values.join('|'), read) : undefined)
  const written = `"${String(only)}"`
  const isOnly = (value: unknown) => (value === only ? only : miss)
  return {
    read: isOnly,
    encode: isOnly,
    write: (value) => (value === only ? written : miss),
    text: quoted(String(only), () => only),
  }
}

/** Text that needs no escapes; and whole numbers as JSON writes them. */
const plainText = '[ !#-[\\]-~]*'
const wholeNumber = '0|[1-9][0-9]{0,14}'

const scalar = (value: unknown): string | typeof miss =>
  typeof value !== 'string' ? String(value) : value.isWellFormed() ? Jcs.encodeText(value) : miss

type Definition = z.core.$ZodTypes['_zod']['def']
type Checks = readonly z.core.$ZodCheck[] | undefined

function build(schema: z.core.$ZodType): Compiled | undefined {
  const known = registered.get(schema)
  if (known !== undefined) return known
  const def = schema._zod.def as Definition
  switch (def.type) {
    case 'string':
    case 'number': {
      const tests = testsOf(def)
      if (tests === undefined) return undefined
      const [type, ...more] = tests as [Test, ...Test[]]
      const is = more.length === 0 ? type : (value: unknown) => tests.every((test) => test(value))
      const read = (value: unknown) => (is(value) ? value : miss)
      const whole: TextForm = {
        source: `(${wholeNumber})`,
        groups: 1,
        value: (found, at) => read(Number(found[at])),
      }
      return same(is, def.type === 'string' ? quoted(plainText, read) : whole)
    }
    case 'boolean':
      if (def.checks?.length) return undefined
      return same((value) => typeof value === 'boolean', {
        source: '(true|false)',
        groups: 1,
        value: (found, at) => found[at] === 'true',
      })
    case 'literal':
      return oneOf(def.values)
    case 'enum':
      return oneOf(Object.values(def.entries))
    case 'array':
      return def.checks?.length ? undefined : list(def.element)
    case 'union':
      return 'discriminator' in def ? union(def as z.core.$ZodDiscriminatedUnionDef) : undefined
    case 'object':
      return def.checks?.length ? undefined : object(def)
    default:
      return undefined
  }
}

type Test = (value: unknown) => boolean

/** What a string or number has to be; undefined when a part of it is unknown. */
function testsOf(def: { type: string; checks?: Checks; check?: unknown; format?: unknown }) {
  const tests: ((value: never) => boolean)[] = [
    def.type === 'string'
      ? (value: unknown) => typeof value === 'string'
      : (value: unknown) => typeof value === 'number' && Number.isFinite(value),
  ]
  if (def.check !== undefined) {
    if (def.format !== 'safeint') return undefined
    tests.push((value: number) => Number.isSafeInteger(value))
  }
  for (const { _zod } of def.checks ?? []) {
    const check = _zod.def as z.core.$ZodChecks['_zod']['def']
    if (check.check === 'min_length') tests.push((value: string) => value.length >= check.minimum)
    else if (check.check === 'max_length') tests.push((value: string) => value.length <= check.maximum)
    else if (check.check === 'greater_than' && typeof check.value === 'number') {
      const { value: bound, inclusive } = check
      tests.push((value: number) => (inclusive ? value >= bound : value > bound))
    } else if (check.check === 'string_format' && check.format === 'regex' && isStateless(check.pattern)) {
      const pattern = check.pattern as RegExp
      tests.push((value: string) => pattern.test(value))
    } else return undefined
  }
  return tests as unknown as Test[]
}

const isStateless = (pattern: RegExp | undefined): boolean =>
  pattern !== undefined && !pattern.global && !pattern.sticky

function list(element: z.core.$ZodType): Compiled | undefined {
  const inner = build(element)
  if (inner === undefined) return undefined
  const each = (by: 'read' | 'encode') => (value: unknown) => {
    if (!Array.isArray(value)) return miss
    const out = value.map(inner[by])
    return out.includes(miss) ? miss : out
  }
  return {
    read: each('read'),
    encode: each('encode'),
    write(value) {
      if (!Array.isArray(value)) return miss
      const out = value.map(inner.write)
      return out.includes(miss) ? miss : `[${out.join(',')}]`
    },
  }
}

function union({ discriminator, options }: z.core.$ZodDiscriminatedUnionDef): Compiled | undefined {
  const byValue = new Map<unknown, Compiled>()
  for (const option of options) {
    const inner = build(option)
    const { shape } = option._zod.def as z.core.$ZodObjectDef
    const literal = shape?.[discriminator]?._zod.def as z.core.$ZodLiteralDef<string> | undefined
    if (inner === undefined || literal?.type !== 'literal') return undefined
    for (const value of literal.values) byValue.set(value, inner)
  }
  const of = (value: unknown) => (isPlain(value) ? byValue.get(value[discriminator]) : undefined) ?? never
  return {
    read: (value) => of(value).read(value),
    encode: (value) => of(value).encode(value),
    write: (value) => of(value).write(value),
  }
}

interface Member {
  name: string
  optional: boolean
  inner: Compiled
  /** `"name":`, as it is written. */
  label: string
}

function object({ shape, catchall }: z.core.$ZodObjectDef): Compiled | undefined {
  // Members beyond those that are named are kept as they are, or dropped.
  const keeps = catchall?._zod.def.type === 'unknown'
  if (catchall !== undefined && !keeps) return undefined
  const members: Member[] = []
  for (const [name, schema] of Object.entries(shape)) {
    const def = schema._zod.def as Definition
    const optional = def.type === 'optional' && !registered.has(schema)
    const inner = build(optional ? (def as z.core.$ZodOptionalDef).innerType : schema)
    if (inner === undefined || name === '__proto__') return undefined
    members.push({ name, optional, inner, label: `${JSON.stringify(name)}:` })
  }
  const names = new Set(members.map(({ name }) => name))
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1))

  const each = (by: 'read' | 'encode') => (value: unknown) => {
    if (!isPlain(value)) return miss
    const out: Record<string, unknown> = {}
    let seen = 0
    for (const { name, optional, inner } of members) {
      const member = value[name]
      if (member === undefined) {
        if (!optional || Object.hasOwn(value, name)) return miss
        continue
      }
      const made = inner[by](member)
      if (made === miss) return miss
      out[name] = made
      seen++
    }
    const own = Object.keys(value)
    if (own.length === seen) return out
    if (!keeps) return own.includes('__proto__') ? miss : out
    for (const name of own) {
      if (name === '__proto__') return miss
      if (!names.has(name)) out[name] = value[name]
    }
    return out
  }
  return {
    read: each('read'),
    encode: each('encode'),
    text: objectText(members),
    write(value) {
      if (!isPlain(value)) return miss
      let text = ''
      let seen = 0
      for (const { name, optional, inner, label } of sorted) {
        const member = value[name]
        if (member === undefined) {
          if (!optional || Object.hasOwn(value, name)) return miss
          continue
        }
        const written = inner.write(member)
        if (written === miss) return miss
        text += (seen === 0 ? '' : ',') + label + written
        seen++
      }
      // Members that are not named have their place between those that are.
      return Object.keys(value).length === seen ? `{${text}}` : miss
    },
  }
}

/**
 * The form of an object with no members but its own, in the order of their names. A member that may be absent is a group
 * of its own; a comma stands before a name only, so none can end the object.
 */
function objectText(members: readonly Member[]): TextForm | undefined {
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1))
  let source = ''
  let groups = 0
  const places = new Map<string, number>()
  for (const member of sorted) {
    const { optional, label, inner } = member
    if (inner.text === undefined || !/^"\w+":$/.test(label)) return undefined
    places.set(member.name, optional ? groups + 1 : groups)
    const one = `${label}${inner.text.source}(?:,(?=")|(?=\\}))`
    source += optional ? `(${one})?` : one
    groups += inner.text.groups + (optional ? 1 : 0)
  }
  const parts = members.map(({ name, optional, inner }) => ({
    name,
    optional,
    place: places.get(name) as number,
    text: inner.text as TextForm,
  }))
  return {
    source: `\\{${source}\\}`,
    groups,
    value(found, at) {
      const out: Record<string, unknown> = {}
      for (const { name, optional, place, text } of parts) {
        if (optional && found[at + place - 1] === undefined) continue
        const value = text.value(found, at + place)
        if (value === miss) return miss
        out[name] = value
      }
      return out
    },
  }
}

/** Longest text that is read by a pattern, in characters. */
const maxPatternChars = 8_192
const patterns = new WeakMap<Compiled, RegExp>()

/** Canonical JSON text to an inner value; `miss` when it is anything else. */
export function readText(schema: z.core.$ZodType, text: string): unknown {
  const made = compile(schema)
  if (made.text === undefined || text.length > maxPatternChars) return miss
  let pattern = patterns.get(made)
  if (pattern === undefined) {
    pattern = new RegExp(`^${made.text.source}$`)
    patterns.set(made, pattern)
  }
  const found = pattern.exec(text)
  return found === null ? miss : made.text.value(found, 1)
}

/** An object as JSON has them: no instance of a class, whose members may be inherited. */
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
