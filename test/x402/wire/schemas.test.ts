/** The published JSON Schemas are those that messages are read by, and an independent reader agrees with ours. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { x402Schemas } from '../../../conformance/cli/x402-schemas.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import { versions } from '../../../src/x402/wire/fields.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import { code } from '../../support/codes.ts'
import { payment, required } from '../../support/x402/samples.ts'

const published = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../spec/schemas/${name}.json`, import.meta.url), 'utf8')) as object

test.each(Object.entries(x402Schemas))('%s', (name, schema) => {
  expect(z.toJSONSchema(schema, { io: 'input' })).toEqual(published(name))
})

describe.each(versions)('v%i', (version) => {
  const ajv = new Ajv2020({ strict: false })
  /** A message, and each of its members left out or replaced. */
  const variants = (json: JsonObject): JsonObject[] => [
    json,
    ...Object.keys(json).flatMap((name) =>
      [undefined, null, 7, 'x', [], {}, true].map(
        (value) =>
          Object.fromEntries(
            Object.entries({ ...json, [name]: value }).filter(([, member]) => member !== undefined),
          ) as JsonObject,
      ),
    ),
  ]
  test.each<[string, () => Promise<JsonObject>, (json: JsonObject) => unknown]>([
    ['payment', async () => (await payment(version)).json, Payment.fromJson],
    ['payment-required', async () => required(version).json, Required.fromJson],
  ])('%s is read as its schema says', async (name, sample, read) => {
    const validate = ajv.compile(published(`x402/${name}-v${version}`))
    for (const variant of variants(await sample()))
      expect([variant, validate(variant)]).toEqual([variant, code(() => read(variant)) === undefined])
  })
})
