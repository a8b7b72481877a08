/** `npm run generate`: writes spec/schemas from the zod schemas; `--check` fails when they differ. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { print } from '../../src/cli/output.ts'
import { schema as result } from '../runner/result.ts'

const folder = fileURLToPath(new URL('../../spec/schemas/', import.meta.url))
const schemas: Record<string, z.ZodType> = { result }

const check = process.argv.includes('--check')
mkdirSync(folder, { recursive: true })
for (const [name, schema] of Object.entries(schemas)) {
  const file = `${folder}${name}.json`
  const text = `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) {
    print(`${name}.json is not what the sources say; run npm run generate`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}
