/** One sign-in with every refresh token that descends from it. Its id is the `sid` claim of the access tokens. */
export interface SessionFamily {
  id: string
  username: string
  createdAt: number
  /** No token of the family is good for anything from then on. */
  expiresAt: number
  /** Where the browser keeps the access token. */
  accessTokenIn: 'body' | 'cookie'
  revokedAt?: number
}

/** The successor of a spent refresh token, for whoever can show that token and the key of the request that spent it. */
export interface ReplayOffer {
  idempotencyKey: string
  /** Encrypted under a key that only the spent token gives. */
  sealedSuccessor: Uint8Array
  /** When the successor expires. */
  expiresAt: number
}

/** A refresh token, of which nothing but a hash is kept. */
export interface RefreshTokenRecord {
  hash: string
  familyId: string
  predecessorHash?: string
  expiresAt: number
  /** When it was spent first. */
  usedAt?: number
  /** Stands until the successor is used. */
  replay?: ReplayOffer
}

export interface PresentedToken {
  token: RefreshTokenRecord
  family: SessionFamily
}

/** What a verdict does to the family of the presented token. */
export type FamilyChange =
  | { kind: 'none' }
  | { kind: 'revoke'; at: number }
  | { kind: 'rotate'; usedAt: number; successor: RefreshTokenRecord; replay?: ReplayOffer }

export interface Note {
  id: number
  patientId: string
  author: string
  text: string
  createdAt: number
}

/** Where sessions and notes live. Asynchronous, so that a store beyond this process fits in. */
export interface Store {
  addFamily(family: SessionFamily, first: RefreshTokenRecord): Promise<void>
  findFamily(id: string): Promise<SessionFamily | undefined>
  /**
   * Finds the token with that hash, asks `judge` what to do about it, and does that: one atomic step, whatever other
   * requests or processes do meanwhile. `judge` must be pure, since a store may have to ask it again.
   * @returns what `judge` said
   */
  exchange<Verdict extends { change: FamilyChange }>(
    hash: string,
    judge: (presented: PresentedToken | undefined) => Verdict,
  ): Promise<Verdict>
  addNote(note: Omit<Note, 'id'>): Promise<Note>
  /** Oldest first. */
  notesOf(patientId: string): Promise<Note[]>
  close(): Promise<void>
}
