/** A payee's store in memory: as durable as the process. */
import { memoryEngine } from '../../../store/memory.ts'
import { channelStore } from './channels.ts'
import type { ChannelStore } from './store.ts'

/**
 * Builds an empty store in memory, the default of `payments`. It is not durable, so `payments().close()` closes the
 * channels it holds: their vouchers would be lost with the process.
 */
export const memoryStore = (): ChannelStore => channelStore(memoryEngine())
