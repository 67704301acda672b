import type { Breakage } from './breakage.ts'

/** The rules that keep users, and their sign-ins, apart. */
export const USER_BREAKAGES: readonly Breakage[] = [
  {
    name: "another user's session is taken over",
    invariant: 'I6',
    seed: 30,
    file: 'sdk/src/session/identity.ts',
    find: 'return subject !== other.subject',
    replace: 'return false',
  },
  {
    name: "an unknown user's session is taken over",
    invariant: 'I6',
    seed: 141,
    file: 'sdk/src/session/identity.ts',
    find: "(phase !== 'loading' && own?.sid === sid) ||",
    replace: '',
  },
  {
    name: 'a waiting call goes on for the next user',
    invariant: 'I6',
    seed: 180,
    file: 'sdk/src/session/access.ts',
    find: 'need.identity !== state.identity',
    replace: 'false',
  },
  {
    name: "a page takes another login's tokens",
    invariant: 'I6',
    story: 'next-login',
    file: 'sdk/src/session/identity.ts',
    find: '|| isAwaiting(state)',
    replace: '',
  },
  {
    name: 'a login that was seen begins again',
    invariant: 'I5',
    file: 'sdk/src/session/session-started.ts',
    find: 'if (isSeen(before?.logins, login)) return [state, []]',
    replace: '',
  },
  {
    name: "a server's login inherits the limit before",
    invariant: 'I9',
    seed: 13,
    file: 'sdk/src/session/session-started.ts',
    find: ', now),',
    replace: ', now), signedInAt: before?.signedInAt ?? now,',
  },
]
