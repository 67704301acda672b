type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 503

/** An option of `createRefreshServer` is invalid. */
export class InvalidOptionError extends Error {
  override readonly name = 'InvalidOptionError'
  /** The name of the option. */
  readonly option: string

  constructor(option: string, problem: string, details?: ErrorOptions) {
    super(`refresh server: option "${option}" ${problem}`, details)
    this.option = option
  }
}

/**
 * An environment variable or a command line argument is invalid or missing. The message is one line that says what to
 * write.
 */
export class InvalidConfigurationError extends Error {
  override readonly name = 'InvalidConfigurationError'
  /** The variable or the argument. */
  readonly setting: string

  constructor(setting: string, problem: string) {
    super(`refresh server: ${setting} ${problem}`)
    this.setting = setting
  }
}

/** The command line is not understood. The message is one line that says what to write; the exit code is 2. */
export class InvalidCommandError extends Error {
  override readonly name = 'InvalidCommandError'

  constructor(problem: string) {
    super(`refresh server: ${problem}`)
  }
}

/** The input of a caller is invalid. The message says what is expected. Over HTTP the answer is 400. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
}

/** A request is refused with the given status. The caller sees the message. */
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

/** A rate limit is reached. The caller may try again after `retryAfterMs`. */
export class RateLimitedError extends HttpError {
  override readonly name = 'RateLimitedError'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(429, 'too_many_requests', 'too many requests; try again after the time in Retry-After')
    this.retryAfterMs = retryAfterMs
  }
}

/** The store cannot be reached right now. The answer is 503, so browsers keep their session and try again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError'
}
