/** A payee's store in memory: as durable as the process. */
import { memoryEngine } from '../../../store/memory.ts'
import { channelStore } from './channels.ts'
import type { ChannelStore } from './store.ts'

/** Builds an empty store. */
export const memoryStore = (): ChannelStore => channelStore(memoryEngine())
