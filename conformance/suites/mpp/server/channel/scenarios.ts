/** Scenarios about channels: opened, topped up, paid from by vouchers, closed. */

import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { advisory } from './advisory.ts'
import { amount } from './amount.ts'
import { bootstrap } from './bootstrap.ts'
import { claim } from './claim.ts'
import { close } from './close.ts'
import { closing } from './closing.ts'
import { delta } from './delta.ts'
import { descriptor } from './descriptor.ts'
import { disclosure } from './disclosure.ts'
import { expired } from './expired.ts'
import { funding } from './funding.ts'
import { members, membersOfV1 } from './members.ts'
import { nodeLies } from './node-lies.ts'
import { open } from './open.ts'
import { otherStore } from './other-store.ts'
import { outage } from './outage.ts'
import { pendingClose } from './pending-close.ts'
import { protocol } from './protocol.ts'
import { reorg } from './reorg.ts'
import { replay } from './replay.ts'
import { settlement } from './settlement.ts'
import { signer } from './signer.ts'
import { sponsor } from './sponsor.ts'
import { sponsored } from './sponsored.ts'
import { topUp } from './top-up.ts'
import { transaction } from './transaction.ts'
import { v1 } from './v1.ts'
import { voucher } from './voucher.ts'

export const channelScenarios: readonly AnyScenario<Fixtures>[] = [
  open,
  voucher,
  topUp,
  close,
  replay,
  descriptor,
  members,
  signer,
  amount,
  advisory,
  nodeLies,
  settlement,
  sponsored,
  sponsor,
  delta,
  closing,
  funding,
  pendingClose,
  protocol,
  v1,
  membersOfV1,
  bootstrap,
  claim,
  otherStore,
  reorg,
  expired,
  transaction,
  disclosure,
  outage,
]
