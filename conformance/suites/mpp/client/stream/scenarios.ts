/** Scenarios about what a client gets and pays for as it comes. */
import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { deposit } from './deposit.ts'
import { free } from './free.ts'
import { lifecycle } from './lifecycle.ts'
import { needVoucher } from './need-voucher.ts'
import { inPieces } from './pieces.ts'

export const streamScenarios = [
  lifecycle,
  needVoucher,
  inPieces,
  free,
  deposit,
] as readonly AnyScenario<Fixtures>[]
