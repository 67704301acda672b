import type { AuditEntry } from '../audit/entry.ts'
import type { QaHttp } from '../http/app.ts'
import type { TokenPolicy } from '../tokens/policy.ts'
import { createConnections } from './connection.ts'
import { createQaControl, type UncheckedQaControl } from './control.ts'
import { createCounter } from './counts.ts'
import { injectFaults } from './fault-injection.ts'
import { createFaults } from './faults.ts'
import { createQaRoutes, onlyLocal } from './qa-routes.ts'

export interface QaModeOptions {
  initialPolicy: TokenPolicy
  policy: () => TokenPolicy
  setPolicy: (policy: TokenPolicy) => void
  /** Origins whose pages may use the QA endpoints, besides the server's own. */
  allowedOrigins: readonly string[]
  /** Ends every wait and every stalled answer. */
  closing: AbortSignal
}

export interface QaMode {
  control: UncheckedQaControl
  /** What the app serves and runs for the QA mode. */
  http: QaHttp
  /** Counts an audit entry. */
  record(entry: AuditEntry): void
}

/** Creates the QA mode: faults, counts and settings that a tester changes while the server runs. */
export function createQaMode(options: QaModeOptions): QaMode {
  const { initialPolicy, policy, setPolicy, allowedOrigins, closing } = options
  const faults = createFaults()
  const counter = createCounter()
  const connections = createConnections()
  const control = createQaControl({ initialPolicy, policy, setPolicy, faults, counter, connections })

  return {
    control,
    http: {
      injectFaults: injectFaults({ faults, counter, connections, closing }),
      routes: createQaRoutes(control, allowedOrigins),
      onlyLocal: onlyLocal(allowedOrigins),
    },
    record: (entry) => counter.operation(entry),
  }
}
