/** Every fault there is. */
import type { ServerFault } from './fault.ts'
import { advisoryFaults } from './server/channel/advisory.ts'
import { amountFaults } from './server/channel/amount.ts'
import { bootstrapFaults } from './server/channel/bootstrap.ts'
import { claimFaults } from './server/channel/claim.ts'
import { closeFaults } from './server/channel/close.ts'
import { closingFaults } from './server/channel/closing.ts'
import { deltaFaults } from './server/channel/delta.ts'
import { descriptorFaults } from './server/channel/descriptor.ts'
import { fundingFaults } from './server/channel/funding.ts'
import { nodeLiesFaults } from './server/channel/node-lies.ts'
import { openFaults } from './server/channel/open.ts'
import { overFaults } from './server/channel/over.ts'
import { pendingCloseFaults } from './server/channel/pending-close.ts'
import { settlementFaults } from './server/channel/settlement.ts'
import { signerFaults } from './server/channel/signer.ts'
import { sponsoredFaults } from './server/channel/sponsored.ts'
import { topUpFaults } from './server/channel/top-up.ts'
import { v1Faults } from './server/channel/v1.ts'
import { voucherFaults } from './server/channel/voucher.ts'
import { chargeFaults, proofFaults } from './server/charge/charge.ts'
import { mcpFaults } from './server/charge/mcp.ts'
import { answerFaults } from './server/payment/answers.ts'
import { bindingFaults } from './server/payment/binding.ts'
import { challengeFaults } from './server/payment/challenge.ts'
import { credentialFaults } from './server/payment/credential.ts'
import { discoveryFaults } from './server/payment/discovery.ts'
import { hygieneFaults } from './server/payment/hygiene.ts'
import { loginFaults } from './server/payment/login.ts'
import { refusalFaults } from './server/payment/refusal.ts'
import { resourceFaults } from './server/payment/resources.ts'
import { accountingFaults } from './server/stream/accounting.ts'
import { concurrencyFaults } from './server/stream/concurrency.ts'
import { crashFaults } from './server/stream/crash.ts'
import { idempotencyFaults } from './server/stream/idempotency.ts'
import { paceFaults } from './server/stream/pace.ts'
import { rateFaults } from './server/stream/rate.ts'
import { streamFaults } from './server/stream/stream.ts'
import { streamingFaults } from './server/stream/streaming.ts'

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
  ...claimFaults,
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
