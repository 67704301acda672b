/** A tab of a browser that is driven from outside. */
export interface Tab {
  /** Runs a function in the page and gives what it returns or resolves to; `argument` goes over as JSON. */
  evaluate<Result>(work: () => Result): Promise<Awaited<Result>>
  evaluate<Result, Argument>(work: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** Brings the tab to the front, which hides the others; where the engine's driver can. */
  show?(): Promise<void>
  close(): Promise<void>
}

/** The tabs of one new profile, which share cookies, storage, channels and locks. */
export interface Profile {
  /** Opens a tab and waits until its page is loaded. */
  open(url: string): Promise<Tab>
  close(): Promise<void>
}

export interface ProfileOptions {
  /** Whether the user blocks cookies and site data. Default false. */
  storageBlocked?: boolean
}

/** A browser as the tests see it. */
export interface Engine {
  newProfile(options?: ProfileOptions): Promise<Profile>
  close(): Promise<void>
}
