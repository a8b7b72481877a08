/** Whether an unpaid request is answered with a stream. Any refusal, 404 or redirect is lawful; a stream is not. */
import { sendWritten } from '../../../../harness/spellings.ts'
import { eventStream, type Subject } from '../../../../peers/mpp/payer/subject.ts'

/** Whether a stream is answered to an unpaid request for a target, as it is written. */
export async function streamsAt({ options, recorder }: Subject, target: string): Promise<boolean> {
  const headers = [['accept', options.accept ?? eventStream]] as const
  const request = { url: options.url, target, method: 'GET', headers }
  const { status = 0, text } = await sendWritten(request, recorder, options.patience)
  return status >= 200 && status < 300 && /^content-type:\s*text\/event-stream/im.test(text)
}
