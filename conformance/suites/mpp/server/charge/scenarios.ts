/** Scenarios about one-off charges, and about tools sold over MCP. */

import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { barred } from './barred.ts'
import { charge } from './charge.ts'
import { chargeRestart } from './charge-restart.ts'
import { fleeting } from './fleeting.ts'
import { lostAnswer } from './lost-answer.ts'
import { mcp } from './mcp.ts'
import { mcpExpiry } from './mcp-expiry.ts'
import { proof } from './proof.ts'
import { push } from './push.ts'

export const chargeScenarios: readonly AnyScenario<Fixtures>[] = [
  charge,
  barred,
  push,
  fleeting,
  proof,
  mcp,
  mcpExpiry,
  chargeRestart,
  lostAnswer,
]
