type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503

/** An option of `createRefreshServer` is wrong; `option` is its name. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError'
  readonly option: string

  constructor(option: string, problem: string, details?: ErrorOptions) {
    super(`refresh server: option "${option}" ${problem}`, details)
    this.option = option
  }
}

/** An environment variable or an argument is wrong or missing; the message is one line that says what to write. */
export class InvalidConfigurationError extends Error {
  override readonly name = 'InvalidConfigurationError'
  readonly setting: string

  constructor(setting: string, problem: string) {
    super(`refresh server: ${setting} ${problem}`)
    this.setting = setting
  }
}

/** Something is wrong with the command itself; the message is one line that says what to write. Ends it with 2. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError'

  constructor(problem: string) {
    super(`refresh server: ${problem}`)
  }
}

/** What a caller sent does not fit; the message says what would. Answered with 400. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
}

/** A request that is refused with a status of its own. The message is shown to the caller. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly status: RefusalStatus
  readonly code: string

  constructor(status: RefusalStatus, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Somebody did too much of something; it may be done again after `retryAfterMs`. */
export class RateLimitedError extends HttpError {
  override readonly name = 'RateLimitedError'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(429, 'too_many_requests', 'too many requests; try again after the time that Retry-After says')
    this.retryAfterMs = retryAfterMs
  }
}

/** The store cannot be reached for now. Answered with 503: a browser keeps its session and tries again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}
