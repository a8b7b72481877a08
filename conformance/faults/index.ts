/** Every fault there is. */
import type { ServerFault } from './fault.ts'
import { accountingFaults } from './server/accounting.ts'
import { advisoryFaults } from './server/advisory.ts'
import { amountFaults } from './server/amount.ts'
import { answerFaults } from './server/answers.ts'
import { bindingFaults } from './server/binding.ts'
import { bootstrapFaults } from './server/bootstrap.ts'
import { challengeFaults } from './server/challenge.ts'
import { chargeFaults, proofFaults } from './server/charge.ts'
import { closeFaults } from './server/close.ts'
import { closingFaults } from './server/closing.ts'
import { concurrencyFaults } from './server/concurrency.ts'
import { crashFaults } from './server/crash.ts'
import { credentialFaults } from './server/credential.ts'
import { deltaFaults } from './server/delta.ts'
import { descriptorFaults } from './server/descriptor.ts'
import { discoveryFaults } from './server/discovery.ts'
import { fundingFaults } from './server/funding.ts'
import { hygieneFaults } from './server/hygiene.ts'
import { idempotencyFaults } from './server/idempotency.ts'
import { loginFaults } from './server/login.ts'
import { mcpFaults } from './server/mcp.ts'
import { nodeLiesFaults } from './server/node-lies.ts'
import { openFaults } from './server/open.ts'
import { overFaults } from './server/over.ts'
import { paceFaults } from './server/pace.ts'
import { pendingCloseFaults } from './server/pending-close.ts'
import { rateFaults } from './server/rate.ts'
import { refusalFaults } from './server/refusal.ts'
import { resourceFaults } from './server/resources.ts'
import { settlementFaults } from './server/settlement.ts'
import { signerFaults } from './server/signer.ts'
import { sponsoredFaults } from './server/sponsored.ts'
import { streamFaults } from './server/stream.ts'
import { streamingFaults } from './server/streaming.ts'
import { topUpFaults } from './server/top-up.ts'
import { v1Faults } from './server/v1.ts'
import { voucherFaults } from './server/voucher.ts'

export const faults: readonly ServerFault[] = [
  ...challengeFaults,
  ...credentialFaults,
  ...bindingFaults,
  ...resourceFaults,
  ...refusalFaults,
  ...loginFaults,
  ...hygieneFaults,
  ...answerFaults,
  ...openFaults,
  ...streamFaults,
  ...streamingFaults,
  ...accountingFaults,
  ...concurrencyFaults,
  ...idempotencyFaults,
  ...rateFaults,
  ...paceFaults,
  ...crashFaults,
  ...voucherFaults,
  ...topUpFaults,
  ...closeFaults,
  ...v1Faults,
  ...bootstrapFaults,
  ...chargeFaults,
  ...proofFaults,
  ...discoveryFaults,
  ...mcpFaults,
  ...descriptorFaults,
  ...signerFaults,
  ...amountFaults,
  ...advisoryFaults,
  ...nodeLiesFaults,
  ...settlementFaults,
  ...sponsoredFaults,
  ...deltaFaults,
  ...closingFaults,
  ...fundingFaults,
  ...pendingCloseFaults,
  ...overFaults,
]
