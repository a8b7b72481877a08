/** How often a payee looks for close requests. */
import { isNodeError } from '../../chain/outcome.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Reserve from '../../contracts/reserve.ts'
import type { SessionProtocol } from '../../contracts/voucher.ts'
import type { Payee } from './payee.ts'

/** Looks within one grace period, at least: a close that fails can be tried again. */
const looksPerGrace = 4

/**
 * Milliseconds until the next reading: the configured interval, but at least `looksPerGrace` times within the grace
 * period of each contract that holds live channels. When an escrow cannot be asked, the draft's shortest period is
 * assumed.
 */
export async function watchPauseMs(payee: Payee, protocols: Iterable<SessionProtocol>): Promise<number> {
  let pause = payee.watchIntervalMs
  for (const protocol of protocols)
    pause = Math.min(pause, ((await graceSeconds(payee, protocol)) * 1_000) / looksPerGrace)
  return pause
}

async function graceSeconds(payee: Payee, protocol: SessionProtocol): Promise<number> {
  try {
    return await payee.contracts[protocol].closeGraceSeconds()
  } catch (error) {
    if (!isNodeError(error) && !(error instanceof DecodeError)) throw error
    return Reserve.closeGracePeriodSeconds
  }
}
