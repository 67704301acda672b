import { createDummyHash, verifyPassword } from './passwords.ts'

export const MAX_USERNAME_LENGTH = 200

/** A user who may sign in. */
export interface User {
  /** The name for the sign-in, and the subject (`sub`) of the access tokens. */
  username: string
  /** The name that is shown to others. */
  name: string
  roles: readonly string[]
}

/** A user with the hash of their password, as the option `users` takes it. */
export interface UserRecord extends User {
  /** The result of {@link hashPassword}. */
  passwordHash: string
}

export interface Users {
  find(username: string): User | undefined
  /** Gives the user if the password is correct. An unknown username takes as long as a wrong password. */
  verify(username: string, password: string): Promise<User | undefined>
}

/** Users for demonstrations only. Each password is the username followed by `-demo`. */
export const DEMO_USERS: readonly UserRecord[] = [
  {
    username: 'amara',
    name: 'Dr Amara Okafor',
    roles: ['clinician'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$80ZzIrfDPAB8Fz3CMvRkdw$PbDV4fS6X/OtvZE3NFqu4jqKXB+1thkmtRtICD3Rt4E',
  },
  {
    username: 'ben',
    name: 'Ben Lindqvist',
    roles: ['clinician'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$7mzgCgs+mgKY2MPo43qeHw$5b4mL/8qFNj0jccxAmEGjlcSqgL4tsoqwLwsjCUzifs',
  },
  {
    username: 'admin',
    name: 'Administration',
    roles: ['admin'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$ME9fQJPL1WB6V3wiQc2LSA$jGzGIXc0dJ4xWgj9ql5fdoFnOX7EuPf82MVwyYX/epM',
  },
  {
    username: 'qa',
    name: 'Quality Assurance',
    roles: ['qa'],
    passwordHash: '$scrypt$ln=14,r=8,p=5$eOhMrgk4z16s/WfijkE+yQ$azyYa4xjTDffEk977v2UDShiWrShaxJJic5YTlTw/wY',
  },
]

export function createUsers(records: readonly UserRecord[]): Users {
  const byUsername = new Map(records.map((record) => [record.username, record]))
  const dummyHash = createDummyHash(records.map(({ passwordHash }) => passwordHash))

  return {
    find(username) {
      const record = byUsername.get(username)
      return record === undefined ? undefined : publicPart(record)
    },

    async verify(username, password) {
      const record = byUsername.get(username)
      const matches = await verifyPassword(password, record?.passwordHash ?? dummyHash)
      return record !== undefined && matches ? publicPart(record) : undefined
    },
  }
}

function publicPart({ username, name, roles }: UserRecord): User {
  return { username, name, roles }
}
