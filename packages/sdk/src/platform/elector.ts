import { BroadcastChannel, createLeaderElection } from 'broadcast-channel'
import type { Candidacy } from '../ports.ts'

/**
 * Stands for election among the pages that share the channel `name`. For browsers without Web Locks: after a hang two
 * may be leader at once. The package's elector dies at `beforeunload`, even if the page stays; then stand again.
 */
export function standForElection(name: string, onElected: () => void): Candidacy {
  const channel = new BroadcastChannel(name, { type: 'native' })
  const elector = createLeaderElection(channel)
  let resigned = false
  // Of two leaders each hears of the other: both start again, and the election decides.
  elector.onduplicate = () => void elector.die().catch(() => {})
  elector.awaitLeadership().then(
    () => {
      if (!resigned) onElected()
    },
    () => {},
  )
  return {
    isDead: () => elector.isDead,
    resign() {
      resigned = true
      Promise.resolve(channel.close()).catch(() => {})
    },
  }
}
