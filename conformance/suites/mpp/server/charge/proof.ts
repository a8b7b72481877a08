/** A charge of nothing: the payer proves who it is, by signing the challenge. */

import { accountFromKey } from '../../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import * as Receipt from '../../../../../src/mpp/wire/receipt.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, equal } from '../../../../kit/verdict.ts'
import { ChargeUnderTest } from '../../../../peers/mpp/payer/charge.ts'
import type { Fixtures } from '../fixtures.ts'
import { accepts, refuses } from '../verbs.ts'

export const proof = scenario({
  id: 'mpp/server/proof',
  title: 'A free charge is answered by a signature of its own challenge, by whom the source names',
  needs: ['free'],
  checks: {
    'proof.accepted': 'CORE-STAT-005',
    'proof.reference': 'TCHG-PROOF-006',
    'proof.single-use': ['CHG-007', 'CHG-004'],
    'proof.no-source': 'TCHG-PROOF-005',
    'proof.other-source': 'TCHG-PROOF-005',
    'proof.other-chain': 'TCHG-PROOF-005',
    'proof.other-challenge': 'TCHG-PROOF-005',
  },
  faults: () => import('./proof.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('free'), payer)
    const { chainId } = subject.options
    const stranger = accountFromKey(keccakText(`a stranger to ${payer.address}`))
    const twin = async () => {
      const challenge = await target.challenge()
      return target.send(challenge, await target.prove(challenge))
    }
    const issued = await target.challenge()
    const payload = await target.prove(issued)
    const first = await target.send(issued, payload)
    await accepts(t, 'proof.accepted', async () => first)
    await t.check('proof.reference', () => {
      const field = first.field('payment-receipt')
      if (field === undefined) throw new Blocked('there is no receipt to look at')
      return equal(Receipt.decodeCore(field).reference, issued.id, 'reference')
    })
    await refuses(t, 'proof.single-use', {
      act: () => {
        if (!first.accepted) throw new Blocked('the first use was refused')
        return target.send(issued, payload)
      },
      twin,
    })
    const from = (source: string | undefined) => async () => {
      const challenge = await target.challenge()
      const { source: _, ...credential } = subject.credential(challenge, await target.prove(challenge), {
        account: payer.account,
      })
      const altered = source === undefined ? credential : { ...credential, source }
      return target.subject.sendCredential(altered, challenge)
    }
    await refuses(t, 'proof.no-source', { act: from(undefined), twin })
    await refuses(t, 'proof.other-source', {
      act: from(`did:pkh:eip155:${chainId}:${stranger.address}`),
      twin,
    })
    await refuses(t, 'proof.other-chain', {
      act: from(`did:pkh:eip155:${chainId + 1}:${payer.address}`),
      twin,
    })
    await refuses(t, 'proof.other-challenge', {
      act: async () => target.send(await target.challenge(), await target.prove(await target.challenge())),
      twin,
    })
  },
})
