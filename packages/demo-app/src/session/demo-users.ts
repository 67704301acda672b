/** Who may sign in to the demo; the refresh server's own list. */
export const DEMO_USERS = [
  { username: 'amara', password: 'amara-demo', name: 'Dr Amara Okafor', role: 'clinician' },
  { username: 'ben', password: 'ben-demo', name: 'Ben Lindqvist', role: 'clinician' },
  { username: 'qa', password: 'qa-demo', name: 'Quality Assurance', role: 'reads only' },
] as const
