/** Every fault there is. */

import { advisoryFaults } from './channel/advisory.faults.ts'
import { amountFaults } from './channel/amount.faults.ts'
import { bootstrapFaults } from './channel/bootstrap.faults.ts'
import { claimFaults } from './channel/claim.faults.ts'
import { closeFaults } from './channel/close.faults.ts'
import { closingFaults } from './channel/closing.faults.ts'
import { deltaFaults } from './channel/delta.faults.ts'
import { descriptorFaults } from './channel/descriptor.faults.ts'
import { fundingFaults } from './channel/funding.faults.ts'
import { nodeLiesFaults } from './channel/node-lies.faults.ts'
import { openFaults } from './channel/open.faults.ts'
import { overFaults } from './channel/over.faults.ts'
import { pendingCloseFaults } from './channel/pending-close.faults.ts'
import { settlementFaults } from './channel/settlement.faults.ts'
import { signerFaults } from './channel/signer.faults.ts'
import { sponsoredFaults } from './channel/sponsored.faults.ts'
import { topUpFaults } from './channel/top-up.faults.ts'
import { v1Faults } from './channel/v1.faults.ts'
import { voucherFaults } from './channel/voucher.faults.ts'
import { chargeFaults, proofFaults } from './charge/charge.faults.ts'
import { mcpFaults } from './charge/mcp.faults.ts'
import type { ServerFault } from './fault.ts'
import { answerFaults } from './payment/answers.faults.ts'
import { bindingFaults } from './payment/binding.faults.ts'
import { challengeFaults } from './payment/challenge.faults.ts'
import { credentialFaults } from './payment/credential.faults.ts'
import { discoveryFaults } from './payment/discovery.faults.ts'
import { hygieneFaults } from './payment/hygiene.faults.ts'
import { loginFaults } from './payment/login.faults.ts'
import { refusalFaults } from './payment/refusal.faults.ts'
import { resourceFaults } from './payment/resources.faults.ts'
import { accountingFaults } from './stream/accounting.faults.ts'
import { concurrencyFaults } from './stream/concurrency.faults.ts'
import { crashFaults } from './stream/crash.faults.ts'
import { idempotencyFaults } from './stream/idempotency.faults.ts'
import { paceFaults } from './stream/pace.faults.ts'
import { rateFaults } from './stream/rate.faults.ts'
import { streamFaults } from './stream/stream.faults.ts'
import { streamingFaults } from './stream/streaming.faults.ts'

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
