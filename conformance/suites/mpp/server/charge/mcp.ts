/** Payment inside JSON-RPC: tools that are paid by the call. */
import * as Json from '../../../../../src/codec/json.ts'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Mcp from '../../../../../src/mpp/wire/mcp.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { ChargeUnderTest } from '../../../../peers/mpp/payer/charge.ts'
import {
  accepted,
  challengesIn,
  McpUnderTest,
  type PaidTool,
  type Reply,
} from '../../../../peers/mpp/payer/mcp.ts'
import type { Fixtures } from '../fixtures.ts'
import { refusesCall, shown, type Till } from './call.ts'

export const mcp = scenario({
  id: 'mpp/server/mcp',
  title: 'A paid tool asks in an error, takes its payment in _meta, and answers with a receipt there',
  needs: ['mcp'],
  checks: {
    'mcp.capabilities': 'MCP-CAP-001',
    'mcp.payment-required': 'MCP-CHAL-001',
    'mcp.challenges': 'MCP-CHAL-002',
    'mcp.native-request': 'MCP-CHAL-003',
    'mcp.http-status': 'MCP-CHAL-005',
    'mcp.nested-meta': ['MCP-CRED-002', 'MCP-CHAL-006'],
    'mcp.root-meta': 'MCP-CRED-002',
    'mcp.receipt': ['MCP-RCPT-001', 'MCP-RCPT-003'],
    'mcp.no-receipt-unpaid': 'MCP-RCPT-002',
    'mcp.free-with-credential': 'MCP-CRED-003',
    'mcp.altered-terms': 'MCP-CHAL-004',
    'mcp.later-expires': 'MCP-CHAL-004',
    'mcp.other-tool': 'MCP-CHAL-008',
    'mcp.unknown-id': 'MCP-REPL-001',
    'mcp.used-id': 'MCP-REPL-001',
    'mcp.race': 'MCP-REPL-002',
    'mcp.verification-failed': 'MCP-ERR-001',
    'mcp.malformed': 'MCP-ERR-002',
    'mcp.internal': 'MCP-ERR-002',
    'mcp.notification': 'MCP-NOTE-001',
  },
  faults: () => import('./mcp.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const server = new McpUnderTest(subject.at('mcp'))
    const target = new ChargeUnderTest(subject.at('mcp'), payer)
    const { capabilities } = await server.initialize()
    await t.check('mcp.capabilities', () => advertises(capabilities))
    const { paid, free } = await server.tools()
    const [tool] = paid
    if (tool === undefined) throw new Blocked('no tool asks to be paid')
    const story: Story = { t, server, target, paid, tool: tool.name }
    await asking(story, tool)
    await answering(story, free)
    await binding(story)
    await refusing(story)
    await replaying(story)
    await silentChain(story)
  },
})

type T = Parameters<typeof mcp.run>[0]
interface Story extends Till {
  t: T
  paid: readonly PaidTool[]
}

/** capabilities.experimental.payment.methods, each with an intents array. */
function advertises(capabilities: Json.JsonValue | undefined): Finding {
  const inside = (value: Json.JsonValue | undefined, name: string) =>
    Json.isObject(value) ? value[name] : undefined
  const methods = inside(inside(inside(capabilities, 'experimental'), 'payment'), 'methods')
  const intents = Json.isObject(methods)
    ? Object.values(methods).map((method) => inside(method, 'intents'))
    : []
  const complete = intents.length > 0 && intents.every((list) => Array.isArray(list) && list.length > 0)
  return holdsIf(
    complete,
    'experimental.payment.methods with intents',
    JSON.stringify(capabilities) ?? 'none',
  )
}

/** The error of an unpaid call. */
async function asking({ t }: Story, { error }: PaidTool): Promise<void> {
  await t.check('mcp.payment-required', () => equal(error['code'], Mcp.codes.paymentRequired, 'code'))
  const data = Json.isObject(error['data']) ? error['data'] : {}
  const listed = Array.isArray(data['challenges']) ? data['challenges'].filter(Json.isObject) : []
  await t.check('mcp.challenges', () => {
    const missing = (['id', 'realm', 'method', 'intent', 'request'] as const).find(
      (name) => listed.length === 0 || listed.some((challenge) => challenge[name] === undefined),
    )
    return holdsIf(
      missing === undefined,
      'challenges with all their members',
      `none, or one without ${missing}`,
    )
  })
  await t.check('mcp.native-request', () => {
    const wrong = listed.find(({ request }) => !Json.isObject(request))
    return holdsIf(
      wrong === undefined,
      'request as a JSON object',
      JSON.stringify(wrong?.['request'] ?? null),
    )
  })
  await t.check('mcp.http-status', () => equal(data['httpStatus'], 402, 'httpStatus'))
}

/** Lawful calls, and calls that cost nothing. */
async function answering({ t, server, target, tool }: Story, free: string | undefined): Promise<void> {
  const replies: Reply[] = []
  for (const placement of ['nested', 'root'] as const)
    await t.check(`mcp.${placement}-meta`, async () => {
      const payment = await target.sign(await server.challenge(tool))
      const reply = await server.pay(tool, payment, { placement })
      if (accepted(reply)) replies.push(reply)
      return holdsIf(accepted(reply), 'a result', shown(reply))
    })
  await t.check('mcp.receipt', () => {
    if (replies.length === 0) throw new Blocked('no call was paid')
    return replies.every(({ message }) => Mcp.receiptOf(message) !== undefined)
      ? holds
      : broken('a receipt in _meta', shown(replies[0] as Reply))
  })
  const payment = await target.sign(await server.challenge(tool))
  if (free === undefined) {
    for (const check of ['mcp.no-receipt-unpaid', 'mcp.free-with-credential'] as const)
      await t.check(check, () => absent('every tool is paid'))
    return
  }
  await t.check('mcp.no-receipt-unpaid', async () => {
    const reply = await server.ask(server.call(free))
    return holdsIf(Mcp.receiptOf(reply.message) === undefined, 'no receipt', shown(reply))
  })
  await t.check('mcp.free-with-credential', async () => {
    // It is a call that costs nothing: the payment stays the payer's.
    const reply = await server.ask(server.paying(free, payment))
    const ignored = accepted(reply) && Mcp.receiptOf(reply.message) === undefined
    return holdsIf(ignored, 'the result, without a receipt', shown(reply))
  })
}

/** A challenge stands for its own terms and its own tool. */
async function binding(story: Story): Promise<void> {
  const { server, target, tool, paid, t } = story
  const altered = (alter: (issued: Challenge.Challenge) => Challenge.Challenge) => async () => {
    const challenge = alter(await server.challenge(tool))
    return server.pay(tool, await target.sign(challenge))
  }
  await refusesCall(t, 'mcp.altered-terms', story, {
    act: altered((issued) => ({
      ...issued,
      request: Challenge.encodeObject({ ...Challenge.request(issued), amount: '1' }),
    })),
    money: 'a call for less than its price',
  })
  await refusesCall(t, 'mcp.later-expires', story, {
    act: altered((issued) => ({ ...issued, expires: Timestamp.encode(Date.now() + 86_400_000) })),
  })
  const other = paid.find(({ name, error }) => name !== tool && samePrice(error, paid[0]?.error))
  if (other === undefined) {
    await t.check('mcp.other-tool', () => absent('no two tools cost the same'))
    return
  }
  await refusesCall(t, 'mcp.other-tool', story, {
    act: async () => server.pay(other.name, await target.sign(await server.challenge(tool))),
  })
}

/** Two tools at one price: nothing but the operation tells their challenges apart. */
function samePrice(a: Json.JsonObject, b: Json.JsonObject | undefined): boolean {
  const prices = [a, b ?? {}].map((error) =>
    challengesIn(error).map((found) => Challenge.request(found)['amount']),
  )
  return JSON.stringify(prices[0]) === JSON.stringify(prices[1])
}

/** Errors and their codes, and what must not be executed at all. */
async function refusing(story: Story): Promise<void> {
  const { t, server, target, tool } = story
  await t.check('mcp.verification-failed', async () => {
    const challenge = await server.challenge(tool)
    const payment = await target.sign(challenge, { change: { to: target.payer.address } })
    const { error } = await server.pay(tool, payment)
    if (error === undefined) return broken('an error', 'a result')
    const data = Json.isObject(error['data']) ? error['data'] : {}
    const complete = challengesIn(error).length > 0 && Json.isObject(data['failure'])
    const good = error['code'] === Mcp.codes.verificationFailed && complete
    return holdsIf(good, '-32043 with challenges and failure', JSON.stringify(error).slice(0, 300))
  })
  await t.check('mcp.malformed', async () => {
    const message = server.call(tool)
    const params = {
      ...(message['params'] as Json.JsonObject),
      _meta: { [Mcp.credentialKey]: { challenge: {} } },
    }
    const reply = await server.ask({ ...message, params })
    return holdsIf(reply.error?.['code'] === Mcp.codes.malformedCredential, '-32602', shown(reply))
  })
  await t.check('mcp.notification', async () => {
    const payment = await target.sign(await server.challenge(tool))
    const before = await target.payer.balance()
    await server.notify(server.paying(tool, payment))
    // Calls that follow: whatever the notification started has had its turn.
    for (let i = 0; i < 2; i++) await server.challenge(tool)
    const moved = before - (await target.payer.balance())
    if (moved !== 0n)
      return broken('nothing paid by a notification', `${moved} paid`, { money: 'a call nobody answers' })
    const lawful = await server.pay(tool, payment)
    if (!accepted(lawful)) throw new Blocked(`the same call as a request was refused: ${shown(lawful)}`)
    return holds
  })
}

/** A challenge id counts once, if it is known and in time. */
async function replaying(story: Story): Promise<void> {
  const { t, server, target, tool } = story
  await refusesCall(t, 'mcp.unknown-id', story, {
    act: async () =>
      server.pay(tool, await target.sign({ ...(await server.challenge(tool)), id: 'A'.repeat(43) })),
  })
  const payment = await target.sign(await server.challenge(tool))
  await server.pay(tool, payment)
  await refusesCall(t, 'mcp.used-id', story, {
    act: () => {
      if (!target.isUsed(payment)) throw new Blocked('the first use was refused')
      return server.pay(tool, payment)
    },
    money: 'two calls for one price',
  })
  await t.check('mcp.race', async () => {
    const raced = await target.sign(await server.challenge(tool))
    const replies = await Promise.all(Array.from({ length: 5 }, () => server.pay(tool, raced)))
    const served = replies.filter(accepted).length
    if (served === 0) throw new Blocked(`none of five was served: ${shown(replies[0] as Reply)}`)
    return holdsIf(served === 1, 'one of five equal calls served', `${served} served`)
  })
}

/** The chain takes the payment and does not report it: a failure of the processor, not of the payer. */
async function silentChain({ t, server, target, tool }: Story): Promise<void> {
  const { node } = target.subject.options
  await t.check('mcp.internal', async () => {
    if (node === undefined) return absent('the server does not reach its chain through the kit')
    const payment = await target.sign(await server.challenge(tool))
    if (payment.sponsored) return absent('the server sponsors, so the kit does not know the transaction')
    const heal = node.error('eth_getTransactionReceipt', { of: (hash) => hash === payment.hash })
    const reply = await server.pay(tool, payment).finally(heal)
    const code = reply.error?.['code']
    // The same credential again, now that the chain answers. If it is not taken, the kit spoilt the payment.
    if (!accepted(reply) && !accepted(await server.pay(tool, payment))) {
      if (!(await target.lookUp(payment)))
        throw new Blocked(`the payment never came to the chain: ${shown(reply)}`)
    }
    // Which failures are the processor's is the server's to say: a warning (spec/readings.md P5).
    return code === Mcp.codes.internalError ? holds : broken('-32603', shown(reply), { softly: true })
  })
}
