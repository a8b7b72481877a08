/**
 * A toy profile: a server echoes what is posted to it; a client fetches a word and posts it back. It has two suites, made
 * of the kit and the harness alone, and shows what a suite costs.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runCommand } from '../../conformance/harness/command.ts'
import { send } from '../../conformance/harness/http.ts'
import type { Fault } from '../../conformance/kit/fault.ts'
import type { Requirement } from '../../conformance/kit/requirements.ts'
import { type AnyScenario, scenario } from '../../conformance/kit/scenario.ts'
import { type Subject, type Suite, suite } from '../../conformance/kit/suite.ts'
import type { Recorder } from '../../conformance/kit/trace.ts'
import { equal } from '../../conformance/kit/verdict.ts'

/** What the toy suites need of a world. */
export interface EchoWorld {
  url: string
  command?: string
}

type Answer = (body: string) => { status: number; body: string }
interface EchoFault extends Fault {
  alters: Answer | string
}

const requirement = (id: string, role: 'server' | 'client', statement: string): [string, Requirement] => [
  id,
  {
    id,
    level: 'MUST',
    role,
    basis: 'normative',
    source: 'echo',
    observable: 'wire',
    statement,
    profile: 'echo',
  },
]
const requirements = new Map([
  requirement('ECHO-BODY-001', 'server', 'Answer with what was posted.'),
  requirement('ECHO-CODE-001', 'server', 'Answer 200.'),
  requirement('ECHO-WORD-001', 'client', 'Post the word as it was given.'),
])

/** Listens; `told` is what clients post. */
async function serve(answer: Answer, told: string[] = []) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      if (request.method === 'POST') told.push(body)
      const { status, body: said } = answer(body)
      response.writeHead(status).end(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, end: () => new Promise((resolve) => server.close(resolve)) }
}

const echo: Answer = (body) => ({ status: 200, body })

/** A subject whose scenarios all get the same. */
const subject = <Fixtures>(make: (recorder: Recorder) => Fixtures): Subject<Fixtures> => ({
  capabilities: new Set(),
  about: 'echo',
  learned: async () => [],
  stage: async ({ id }, recorder) => ({
    fixtures: make(recorder),
    audit: async () => ({ scenario: id, rules: [], figures: {} }),
    end: async () => undefined,
  }),
})

const echoes = scenario({
  id: 'echo/server/echoes',
  title: 'What is posted comes back',
  checks: { 'echoes.body': 'ECHO-BODY-001', 'echoes.status': 'ECHO-CODE-001' },
  faults: async (): Promise<EchoFault[]> => [
    {
      name: 'shouts',
      breaks: 'ECHO-BODY-001',
      caughtBy: ['echoes.body'],
      alters: (body) => echo(body.toUpperCase()),
    },
    {
      name: 'teapot',
      breaks: 'ECHO-CODE-001',
      caughtBy: ['echoes.status'],
      alters: (body) => ({ status: 418, body }),
    },
  ],
  async run(t, { post }: { post(body: string): ReturnType<typeof send> }) {
    const answer = await post('hello')
    const text = await answer.text()
    await t.check('echoes.status', () => equal(answer.status, 200, 'status'))
    await t.check('echoes.body', () => equal(text, 'hello', 'body'))
  },
})

const repeats = scenario({
  id: 'echo/client/repeats',
  title: 'The word is posted as it was given',
  checks: { 'repeats.word': 'ECHO-WORD-001' },
  faults: async (): Promise<EchoFault[]> => [
    {
      name: 'shouting-client',
      breaks: 'ECHO-WORD-001',
      caughtBy: ['repeats.word'],
      alters: client('word.toUpperCase()'),
    },
  ],
  async run(t, { command }: { command: string }) {
    const told: string[] = []
    const server = await serve(() => ({ status: 200, body: 'word' }), told)
    const env = { PAYMENT_URL: server.url }
    const ran = await runCommand({ command, cwd: process.cwd(), env, timeoutMs: 20_000 })
    await server.end()
    await t.check('repeats.word', () => equal(told.join(' '), 'word', `exit ${ran.code}, posted`))
  },
})

/** A client that posts what an expression makes of the word. */
export function client(said = 'word'): string {
  const code = `fetch(process.env.PAYMENT_URL).then((r) => r.text()).then((word) => fetch(process.env.PAYMENT_URL, { method: 'POST', body: ${said} }))`
  return `'${process.execPath}' -e "${code}"`
}

const common = {
  profile: 'echo',
  offers: { resources: {}, powers: {} },
  statements: {},
  requirements,
  auditRules: {},
  words: { secretFields: [], controlEvents: [] },
  environment: {},
  ownTargets: {},
  controls: async () => ({ stories: {}, judge: async () => ({ passed: 0, red: [] }) }),
  variants: async () => [],
  variesWith: () => false,
}

const look = {
  server: async ({ url }: EchoWorld) =>
    subject((recorder) => ({
      post: (body: string) => send(url, { method: 'POST', headers: [], body }, recorder, 2_000),
    })),
  client: async ({ command = '' }: EchoWorld) => subject(() => ({ command })),
}

type ServerFixtures = Parameters<typeof echoes.run>[1]
export const echoServer = suite<EchoWorld, ServerFixtures>({
  ...common,
  role: 'server',
  scenarios: [echoes as AnyScenario<ServerFixtures>],
  faults: async () => (await echoes.faults?.()) ?? [],
  look: look.server,
  async standIn(fault) {
    const { alters = echo } = (fault ?? {}) as Partial<EchoFault>
    const server = await serve(alters as Answer)
    return {
      subject: await look.server({ url: server.url }),
      [Symbol.asyncDispose]: async () => void (await server.end()),
    }
  },
} satisfies Suite<EchoWorld, ServerFixtures>)

type ClientFixtures = { command: string }
export const echoClient = suite<EchoWorld, ClientFixtures>({
  ...common,
  role: 'client',
  scenarios: [repeats as AnyScenario<ClientFixtures>],
  faults: async () => (await repeats.faults?.()) ?? [],
  look: look.client,
  async standIn(fault) {
    const { alters = client() } = (fault ?? {}) as Partial<EchoFault>
    return {
      subject: await look.client({ url: '', command: alters as string }),
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
} satisfies Suite<EchoWorld, ClientFixtures>)

export { echo, serve }
