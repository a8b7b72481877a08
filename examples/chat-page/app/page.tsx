/** The page: asks, shows the answer as it streams, with its progress and its bill, and can stop it. */
'use client'

import { type FormEvent, useRef, useState } from 'react'
import { ChatError, type ChatStream, chatStream, type Progress } from 'streamed-payments/x402'
import { type Bill, readBill } from '../lib/bill'

/** One question, and what came of it so far. */
interface Turn {
  id: number
  question: string
  text: string
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  progress?: Progress
  bill?: Bill
  failure?: string
}

export default function Page() {
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [question, setQuestion] = useState('What is a stream?')
  const [running, setRunning] = useState<ChatStream>()
  const nextId = useRef(0)

  async function ask(event: FormEvent) {
    event.preventDefault()
    const id = nextId.current++
    const change = (changed: Partial<Turn>) =>
      setTurns((all) => all.map((turn) => (turn.id === id ? { ...turn, ...changed } : turn)))
    setTurns((all) => [{ id, question, text: '', state: 'waiting' }, ...all])
    const stream = chatStream(
      { messages: [{ role: 'user', content: question }] },
      {
        url: '/api/chat',
        onProgress: (progress) => change({ progress }),
        fetch: async (input, init) => {
          const response = await fetch(input, init)
          change({ bill: readBill(response.headers) })
          return response
        },
      },
    )
    setRunning(stream)
    try {
      let text = ''
      for await (const part of stream) {
        text += part
        change({ text, state: 'streaming' })
      }
      change({ state: 'done' })
    } catch (error) {
      if (error instanceof ChatError && error.code === 'cancelled') change({ state: 'stopped' })
      else change({ state: 'failed', failure: error instanceof Error ? error.message : String(error) })
    } finally {
      setRunning(undefined)
    }
  }

  return (
    <main>
      <h1>A chat, paid by the answer</h1>
      <form onSubmit={ask}>
        <input
          aria-label="Question"
          value={question}
          maxLength={2000}
          onChange={({ target }) => setQuestion(target.value)}
        />
        {running === undefined ? (
          <button key="ask" type="submit" disabled={question.trim() === ''}>
            Ask
          </button>
        ) : (
          // An element of its own: the one button changed into the other would submit the form with the click that stops.
          <button key="stop" type="button" onClick={() => running.cancel()}>
            Stop
          </button>
        )}
      </form>
      {turns.map((turn) => (
        <Answer key={turn.id} {...turn} />
      ))}
    </main>
  )
}

function Answer({ question, text, state, progress, bill, failure }: Turn) {
  return (
    <article data-state={state} aria-busy={state === 'waiting' || state === 'streaming'}>
      <p className="question">{question}</p>
      <p className="answer">{text}</p>
      {failure !== undefined && (
        <p className="failed" role="alert">
          {failure}
        </p>
      )}
      <p className="progress" role="status">
        {told(state, progress)}
      </p>
      {bill !== undefined && (
        <p className="bill">
          paid {bill.amount} to {short(bill.payTo)} · transaction {short(bill.transaction)}
        </p>
      )}
    </article>
  )
}

function told(state: Turn['state'], progress: Progress | undefined): string {
  if (state === 'waiting') return 'paying …'
  const { tokens = 0, elapsedMs = 0, tokensPerSecond = 0 } = progress ?? {}
  const rate = tokensPerSecond === 0 ? '' : ` · ${tokensPerSecond.toFixed(1)} tokens/s`
  return `${state} · ${tokens} tokens · ${(elapsedMs / 1000).toFixed(1)} s${rate}`
}

const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex)
