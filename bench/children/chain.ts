/** The chain of a word that is traced. Prints its address. */
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { newChain } from '../payee.ts'
import { markedRpc } from './marks.ts'

const { url } = await serveRpc(markedRpc(newChain(), 'chain.asked', 'chain.answered'))
process.stdout.write(`${url}\n`)
