/**
 * Bootstrap: on HEAD a payer proves who it is and is told which channel it may go on with. All of it is optional; a
 * server that does it must not tell anybody else, nor tell what is not so, nor sell for a proof.
 */
import { accountFromKey, type KeyAccount } from '../../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../../src/keys/keccak.ts'
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import type * as Credential from '../../../../../src/mpp/wire/credential.ts'
import * as Proof from '../../../../../src/mpp/wire/proof.ts'
import * as Receipt from '../../../../../src/mpp/wire/receipt.ts'
import * as SessionField from '../../../../../src/mpp/wire/session-field.ts'
import * as Snapshot from '../../../../../src/mpp/wire/snapshot.ts'
import * as Source from '../../../../../src/mpp/wire/source.ts'
import * as TempoCharge from '../../../../../src/mpp/wire/tempo-charge.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { whyNot } from '../../../../peers/mpp/offers.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { findChallenge, termsIn } from '../../../../peers/mpp/payer/legible.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

export const bootstrap = scenario({
  id: 'mpp/server/bootstrap',
  title: 'A payer that proves who it is learns of its own channel, and nothing else',
  checks: {
    'bootstrap.asks-nothing': 'SESS-BOOT-001',
    'bootstrap.proved': 'SESS-BOOT-002',
    'bootstrap.reference': 'TCHG-PROOF-006',
    'bootstrap.fields': ['SESS-SNAP-001', 'SESS-SNAP-003'],
    'bootstrap.true': 'SESS-SNAP-006',
    'bootstrap.own-only': 'SESS-BOOT-003',
    'bootstrap.unproved': 'SESS-BOOT-003',
    'bootstrap.no-content': 'SESS-BOOT-004',
    'bootstrap.not-for-a-price': 'TCHG-PROOF-002',
    'bootstrap.no-source': 'TCHG-PROOF-005',
    'bootstrap.other-chain': 'TCHG-PROOF-005',
    'bootstrap.other-signer': 'TCHG-PROOF-005',
    'bootstrap.suggests': ['SESS-REQ-008', 'SESS-REQ-011'],
  },
  faults: () => import('./bootstrap.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { subject, payer, anotherPayer, units } = fixtures
    const channel = await payer.open()
    await (await channel.voucher(units(3))).text()
    await t.check('bootstrap.suggests', () => suggested(fixtures))

    const asked = await identityChallenge(subject)
    if (asked === undefined) {
      const none = () => absent('HEAD asks for no proof of who the payer is')
      for (const check of proofChecks) await t.check(check, none)
      return
    }
    await t.check('bootstrap.asks-nothing', () => {
      const { amount, methodDetails } = TempoCharge.decode(asked.request)
      const seen = `amount ${amount} on chain ${methodDetails?.chainId ?? TempoCharge.defaultChainId}`
      return equal(seen, `amount 0 on chain ${subject.options.chainId}`, 'the challenge asks:')
    })
    const prover = new Prover(subject, payer.account)
    const answer = await prover.prove(asked)
    await t.check('bootstrap.proved', () => {
      if (answer.status === 204) return holds
      // Any other 2xx says the same (spec/readings.md B16).
      return broken('204', String(answer.status), { softly: answer.accepted })
    })
    if (!answer.accepted) throw new Blocked(`a lawful proof was answered ${answer.status}`)
    await t.check('bootstrap.reference', () => {
      const field = answer.field('payment-receipt')
      if (field === undefined) return absent('it sends no receipt for a proof')
      return equal(Receipt.decodeCore(field).reference, asked.id, 'reference')
    })
    const told = toldBy(answer)
    const tells = told.session !== undefined || told.snapshot !== undefined
    const only = (judge: () => Promise<Finding> | Finding) => () =>
      tells ? judge() : absent('it tells of no channel after a proof')
    await t.check(
      'bootstrap.fields',
      only(() => wellFormed(answer)),
    )
    await t.check(
      'bootstrap.true',
      only(() => truthOf(answer, channel)),
    )
    const other = await anotherPayer()
    const stranger = new Prover(subject, other.account)
    const toStranger = toldBy(await stranger.prove())
    await t.check(
      'bootstrap.own-only',
      only(() => nothing(toStranger)),
    )

    const twin = () => prover.prove()
    const pretender = accountFromKey(keccakText(`a pretender to ${payer.address}`))
    const disclosures: Exchange[] = []
    const refusesFalse = (check: ProofCheck, options: ProofOptions) =>
      refuses(t, check, {
        act: async () => {
          const refused = await prover.prove(undefined, options)
          disclosures.push(refused)
          return refused
        },
        twin,
        position: channel.position,
      })
    await refusesFalse('bootstrap.no-source', { source: null })
    await refusesFalse('bootstrap.other-chain', { chainId: subject.options.chainId + 1 })
    await refusesFalse('bootstrap.other-signer', { by: pretender })
    await refuses(t, 'bootstrap.no-content', {
      act: () => prover.prove(undefined, { method: 'GET' }),
      twin,
      position: channel.position,
    })
    await refuses(t, 'bootstrap.not-for-a-price', {
      act: async () => prover.prove(await subject.challenge()),
      twin,
      position: channel.position,
    })
    await t.check(
      'bootstrap.unproved',
      only(() => disclosures.map((refused) => nothing(toldBy(refused))).find(isBroken) ?? holds),
    )
  },
})

type ProofCheck = (typeof proofChecks)[number]
const proofChecks = [
  'bootstrap.asks-nothing',
  'bootstrap.proved',
  'bootstrap.reference',
  'bootstrap.fields',
  'bootstrap.true',
  'bootstrap.own-only',
  'bootstrap.unproved',
  'bootstrap.no-content',
  'bootstrap.not-for-a-price',
  'bootstrap.no-source',
  'bootstrap.other-chain',
  'bootstrap.other-signer',
] as const

const isBroken = ({ found }: Finding): boolean => found === 'broken'

/** The zero-amount charge a server may ask for on HEAD; undefined when it asks for none. */
async function identityChallenge(subject: Subject): Promise<Challenge.Challenge | undefined> {
  const answer = await subject.request({
    method: 'HEAD',
    headers: [['accept-payment', 'tempo/charge, tempo/session;q=0.5']],
    note: 'may be asked who it is',
  })
  await answer.text()
  const found = findChallenge(answer, 'charge', subject.wallet)
  return found !== undefined && TempoCharge.decode(found.request).amount === 0n ? found : undefined
}

interface ProofOptions {
  /** The account named in `source`; null leaves it out. Default who proves. */
  source?: KeyAccount | null
  /** Chain named in `source`. */
  chainId?: number
  /** Who signs; default who is named. */
  by?: KeyAccount
  method?: string
}

/** An account that proves who it is. */
class Prover {
  readonly #subject: Subject
  readonly #account: KeyAccount

  constructor(subject: Subject, account: KeyAccount) {
    this.#subject = subject
    this.#account = account
  }

  /** Answers a challenge, by default a fresh one. */
  async prove(given?: Challenge.Challenge, options: ProofOptions = {}): Promise<Exchange> {
    const challenge = given ?? (await identityChallenge(this.#subject))
    if (challenge === undefined) throw new Blocked('HEAD asks for a proof no longer')
    const { chainId } = this.#subject.options
    const { source = this.#account, by = this.#account, method = 'HEAD' } = options
    const signature = await Proof.sign(challenge.id, chainId, by)
    const credential: Credential.Credential = { challenge, payload: { type: 'proof', signature } }
    if (source !== null)
      credential.source = Source.encode({ chainId: options.chainId ?? chainId, address: source.address })
    return this.#subject.sendCredential(credential, challenge, { method })
  }
}

/** What an answer tells of a channel. */
const toldBy = (answer: Exchange) => ({
  session: answer.field('payment-session'),
  snapshot: answer.field('payment-session-snapshot'),
})

const nothing = ({ session, snapshot }: ReturnType<typeof toldBy>): Finding =>
  session === undefined && snapshot === undefined
    ? holds
    : broken('nothing of the channel', session === undefined ? 'a snapshot' : `Payment-Session ${session}`, {
        money: 'whoever knows a channel and its balance may try to spend it',
      })

/** Whether what is told can be read. */
function wellFormed(answer: Exchange): Finding {
  const { session, snapshot } = toldBy(answer)
  try {
    const named = session === undefined ? undefined : SessionField.decode(session)
    const decoded = snapshot === undefined ? undefined : Snapshot.decode(snapshot)
    const agree = named === undefined || decoded === undefined || named === decoded.channelId
    return holdsIf(agree, 'both fields name one channel', `${named} and ${decoded?.channelId}`)
  } catch (error) {
    return broken('fields that decode', (error as Error).message)
  }
}

/** Whether what is told is so: by the server's own receipts, and by the chain. */
async function truthOf(answer: Exchange, channel: ChannelUnderTest): Promise<Finding> {
  const { session, snapshot } = toldBy(answer)
  if (snapshot === undefined) return equal(SessionField.decode(session ?? ''), channel.id, 'Payment-Session')
  const [books, slot] = await Promise.all([channel.books(), channel.slot()])
  return equal(figuresOf(Snapshot.decode(snapshot)), truthAbout(channel, books, slot), 'the snapshot says')
}

const figuresOf = ({
  channelId,
  acceptedCumulative,
  spent,
  deposit,
  settled,
  descriptor,
}: Snapshot.Snapshot) =>
  `channel ${channelId} of ${descriptor.payer}, accepted ${acceptedCumulative}, spent ${spent}, deposit ${deposit}, settled ${settled}`

const truthAbout = (
  { id, payer }: ChannelUnderTest,
  books: { accepted: bigint; spent: bigint },
  slot: { deposit: bigint; settled: bigint },
) =>
  `channel ${id} of ${payer.address}, accepted ${books.accepted}, spent ${books.spent}, deposit ${slot.deposit}, settled ${slot.settled}`

/** A voucher that does not pay for what it asks: the fresh challenge may name its channel, and must be right. */
async function suggested({ subject, anotherPayer }: Fixtures): Promise<Finding> {
  if (!subject.options.resources.has('plain')) return absent(whyNot('plain'))
  const plain = subject.at('plain')
  const price = plain.units(1)
  const poor = await (await anotherPayer(plain)).open({ initial: price })
  const bought = await buy(poor, price)
  if (!bought.served) throw new Blocked(`a response that was paid for was answered ${bought.answer.status}`)
  const answer = await poor.voucher(price, {}, { method: 'GET', accept: '*/*' })
  await answer.text()
  if (answer.status !== 402)
    throw new Blocked(`a voucher that was spent, for a paid response, was answered ${answer.status}`)
  const fresh = plain.sessionIn(answer)
  if (fresh === undefined) throw new Blocked('there is no challenge to read')
  const { channelId, sessionSnapshot } = termsIn(fresh).methodDetails
  if (channelId === undefined && sessionSnapshot === undefined) return absent('it suggests no channel')
  if (channelId !== undefined && channelId !== poor.id) return equal(channelId, poor.id, 'channelId')
  if (sessionSnapshot === undefined) return holds
  const truth = truthAbout(poor, { accepted: price, spent: price }, await poor.slot())
  const said = equal(figuresOf(sessionSnapshot), truth, 'the snapshot says')
  if (said.found === 'broken') return said
  return holdsIf(
    sessionSnapshot.requiredCumulative >= 2n * price,
    `requiredCumulative of ${2n * price} at least`,
    String(sessionSnapshot.requiredCumulative),
  )
}
