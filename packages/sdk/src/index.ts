export type {
  RefreshNotDue,
  ServiceHealth,
  ServiceSession,
  SessionStats,
  TokenValidation,
} from './codec/service-answer.ts'
export type { TokenManager } from './contract.ts'
export { createTokenManager } from './create-token-manager.ts'
export { isTokenManagerError, TokenManagerError, type TokenManagerErrorDetails } from './errors.ts'
export type { SessionMetrics } from './features/metrics.ts'
export type { TokenManagerOptions } from './options.ts'
export type {
  RefreshRequest,
  RefreshTransport,
  RevokeRequest,
  SessionStore,
} from './ports.ts'
export type { PolicyOptions, SessionPolicy } from './session/policy.ts'
export { DEFAULT_POLICY } from './session/policy.ts'
export { memoryStore } from './stores/memory.ts'
export { type WebStoreOptions, webStore } from './stores/web.ts'
export { type CookieTransportOptions, cookieTransport } from './transports/cookie.ts'
export { type JsonTransportOptions, jsonTransport } from './transports/json.ts'
export { type OAuth2TransportOptions, oauth2Transport } from './transports/oauth2.ts'
export {
  type ServiceRequest,
  type SessionServiceTransport,
  type SessionServiceTransportOptions,
  sessionServiceTransport,
} from './transports/session-service.ts'
export { type SimpleJwtTransportOptions, simpleJwtTransport } from './transports/simple-jwt.ts'
export type {
  AlertName,
  Capability,
  Diagnostics,
  ErrorCode,
  RefreshOutcome,
  RefreshTrigger,
  Session,
  SessionEvent,
  SessionEventDetail,
  SessionSnapshot,
  SessionStatus,
  SignOutReason,
  StoredSession,
  TokenSet,
} from './types.ts'
