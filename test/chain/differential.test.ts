/** The same random calls on the reducers, the memory chain over JSON-RPC and the Solidity on Anvil: same outcomes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { type RpcServer, serveRpc } from '../../src/chain/rpc-server.ts'
import { anvilNode, missing } from '../support/anvil.ts'
import { compare, faces } from '../support/differential.ts'
import { newChain } from '../support/kit.ts'

const steps = Number(process.env['DIFFERENTIAL_STEPS'] ?? 250)
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 3009)

/** What a run must have seen, or it compares too little; with reverts, at least 15 outcomes in all. */
const successes = 'open settle topUp close requestClose withdraw'.split(' ').map((method) => `${method} ok`)

describe.skipIf(missing !== undefined)('reducer, memory chain, Anvil', () => {
  let anvil: Awaited<ReturnType<typeof anvilNode>>
  let memory: RpcServer
  beforeAll(async () => {
    anvil = await anvilNode()
    memory = await serveRpc(newChain())
  })
  afterAll(async () => {
    await memory?.close()
    await anvil?.close()
  })

  test.each(['v2', 'v1'] as const)(
    `${steps} calls of %s, seed ${seed}`,
    { timeout: 3_600_000 },
    async (version) => {
      const nodes = { anvil: anvil.chain, memory: new ChainClient(httpRpc(memory.url)) }
      const outcomes = await compare(faces[version], nodes, { steps, seed })
      expect([...outcomes], 'too little was seen: take more steps').toEqual(expect.arrayContaining(successes))
      expect(outcomes.size).toBeGreaterThanOrEqual(15)
    },
  )
})
