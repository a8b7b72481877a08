/** `npm run generate`: writes spec/schemas from the zod schemas; `--check` fails when they differ. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { print } from '../../src/cli/output.ts'
import * as Descriptor from '../../src/contracts/descriptor.ts'
import * as ChargeRequest from '../../src/mpp/wire/charge-request.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Discovery from '../../src/mpp/wire/discovery.ts'
import * as Events from '../../src/mpp/wire/events.ts'
import * as Mcp from '../../src/mpp/wire/mcp.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'
import * as Proof from '../../src/mpp/wire/proof.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../src/mpp/wire/snapshot.ts'
import * as TempoCharge from '../../src/mpp/wire/tempo-charge.ts'
import { schema as result } from '../kit/result.ts'
import { x402Schemas } from './x402-schemas.ts'

const folder = fileURLToPath(new URL('../../spec/schemas/', import.meta.url))
/** Every object that travels as JSON, and the kit's own result. */
const schemas: Record<string, z.ZodType> = {
  result,
  'charge-request': ChargeRequest.schema,
  credential: Credential.schema,
  descriptor: Descriptor.schema,
  discovery: Discovery.schema,
  'mcp-challenge': Mcp.challengeSchema,
  'mcp-credential': Mcp.credentialSchema,
  'mcp-error': Mcp.errorSchema,
  'mcp-receipt': Mcp.receiptSchema,
  'need-voucher': Events.needVoucherSchema,
  'payment-info': Discovery.paymentInfoSchema,
  payload: Payload.schema,
  problem: Problem.schema,
  proof: Proof.schema,
  receipt: Receipt.coreSchema,
  'session-receipt': Receipt.schema,
  'session-request': SessionRequest.schema,
  snapshot: Snapshot.schema,
  'tempo-charge-payload': TempoCharge.payloadSchema,
  'tempo-charge-request': TempoCharge.requestSchema,
  ...x402Schemas,
}

const check = process.argv.includes('--check')
for (const [name, schema] of Object.entries(schemas)) {
  const file = `${folder}${name}.json`
  mkdirSync(dirname(file), { recursive: true })
  const text = `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), null, 2)}\n`
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  if (check) {
    print(`${name}.json is not what the sources say; run npm run generate`)
    process.exitCode = 1
  } else writeFileSync(file, text)
}
