/** Every fault there is. */
import type { ServerFault } from './fault.ts'
import { accountingFaults } from './server/accounting.ts'
import { bindingFaults } from './server/binding.ts'
import { challengeFaults } from './server/challenge.ts'
import { chargeFaults, proofFaults } from './server/charge.ts'
import { closeFaults } from './server/close.ts'
import { concurrencyFaults } from './server/concurrency.ts'
import { credentialFaults } from './server/credential.ts'
import { discoveryFaults } from './server/discovery.ts'
import { mcpFaults } from './server/mcp.ts'
import { openFaults } from './server/open.ts'
import { streamFaults } from './server/stream.ts'
import { streamingFaults } from './server/streaming.ts'
import { topUpFaults } from './server/top-up.ts'
import { voucherFaults } from './server/voucher.ts'

export const faults: readonly ServerFault[] = [
  ...challengeFaults,
  ...credentialFaults,
  ...bindingFaults,
  ...openFaults,
  ...streamFaults,
  ...streamingFaults,
  ...accountingFaults,
  ...concurrencyFaults,
  ...voucherFaults,
  ...topUpFaults,
  ...closeFaults,
  ...chargeFaults,
  ...proofFaults,
  ...discoveryFaults,
  ...mcpFaults,
]
