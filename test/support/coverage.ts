/** What the catalogue asks of a server or of a client and can be seen from outside, held against the checks there are. */
import { loadRequirements, type Requirement } from '../../conformance/kit/requirements.ts'

/** A MUST that can never be judged from where the kit stands; its entry says why. */
const outOfReach = new Set(['CORE-TLS-001', 'CORE-TLS-003'])

const seen = new Set(['wire', 'rpc', 'onchain'])
const ofServer = ({ role, observable }: Requirement) =>
  (role === 'server' || role === 'both') && seen.has(observable)
const isMust = ({ level }: Requirement) => level === 'MUST' || level === 'MUST NOT'

/** The requirements that are to be judged, of one profile or of all, in two sorts. */
export function demanded(of?: string) {
  const all = [...loadRequirements().values()].filter(
    (each) => ofServer(each) && (of === undefined || each.profile === of),
  )
  return {
    musts: all.filter((each) => isMust(each) && !outOfReach.has(each.id)),
    rest: all.filter((each) => !isMust(each)),
  }
}

/** What is asked of clients of sessions, by themselves or with servers, and can be seen from outside. */
export const askedOfClients = (profile: string): Requirement[] =>
  [...loadRequirements().values()].filter(
    (each) =>
      each.profile === profile &&
      (each.role === 'client' || each.role === 'both') &&
      seen.has(each.observable),
  )

/** A reason that is none. */
export const isNoReason = (reason: string | undefined): boolean =>
  reason === undefined || reason.trim().length < 20 || /^no (scenario|check) yet/.test(reason)
