/** Faults of clients that lock or spend more than they were told. */
import { ChainClient } from '../../../../../src/chain/client.ts'
import { httpRpc } from '../../../../../src/chain/http-rpc.ts'
import { encodeTransfer } from '../../../../../src/chain/transfers.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import { accountFromKey, devAccounts } from '../../../../../src/keys/accounts.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'deposits-what-is-suggested',
    breaks: 'SESS-SSE-014',
    caughtBy: ['deposit.huge-suggestion', 'audit.within-budget'],
    variant: {
      rules: {
        deposit: {
          opening: ({ amount, suggestedDeposit = amount }) => ({
            deposit: suggestedDeposit,
            choice: 'suggested',
          }),
        },
      },
    },
  }),
  fault({
    name: 'tops-up-over-its-budget',
    breaks: 'SESS-SSE-014',
    caughtBy: ['deposit.exhausted', 'audit.within-budget'],
    during: ['deposit'],
    variant: { rules: { deposit: { topUp: (required, deposit) => required - deposit } } },
  }),
  fault({
    name: 'tips-the-payee',
    breaks: 'CHAN-INV-003',
    caughtBy: ['audit.conserved'],
    during: ['deposit'],
    variant: {
      async does(doing, usual) {
        await usual(doing)
        const { env } = doing
        const chain = new ChainClient(httpRpc(env['RPC_URL'] ?? ''))
        const tip = encodeTransfer(pathUsd, {
          to: (devAccounts[0] as { address: `0x${string}` }).address,
          amount: 1n,
        })
        const { raw } = await chain.sign(accountFromKey(env['PRIVATE_KEY'] ?? ''), [tip], {
          feeToken: pathUsd,
        })
        await chain.broadcast(raw)
      },
    },
  }),
]
