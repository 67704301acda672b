import { formatDuration } from '../format/duration.ts'
import { CONDITIONS, type NetworkCondition } from '../network/network.ts'
import { ENDPOINTS, FAULTS, type PendingFault, type ServerState } from './server-state.ts'

/** What is simulated right now, in a line. */
export function describeConditions(network: NetworkCondition, server: ServerState | undefined): string {
  const parts = [`Network: ${CONDITIONS[network]}`]
  if (server) parts.push(`Tokens last ${formatDuration(server.accessLifetimeMs)}`, describeFaults(server.pending))
  return parts.join(' · ')
}

/** `Refresh: 503 Unavailable × 3` */
function describeFaults(pending: readonly PendingFault[]): string {
  if (pending.length === 0) return 'No server faults'
  return pending
    .map(({ endpoint, kind, remaining }) => `${ENDPOINTS[endpoint]}: ${FAULTS[kind]} × ${remaining}`)
    .join(', ')
}
