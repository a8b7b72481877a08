/** The YAML of spec/. A tree that was compiled from source has it as JSON too, which is read in a fiftieth of the time. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const folder = fileURLToPath(new URL('../../spec/', import.meta.url))
/** Every file by its path below spec/; `conformance/cli/built.mjs` writes it. */
const compiled = fileURLToPath(new URL('../../spec.json', import.meta.url))

let all: Readonly<Record<string, unknown>> | undefined

/** What a file says; `path` is below spec/. */
export function readSpec(path: string): unknown {
  all ??= existsSync(compiled) ? (JSON.parse(readFileSync(compiled, 'utf8')) as typeof all) : {}
  return all?.[path] ?? parse(readFileSync(folder + path, 'utf8'))
}
