/** Someone with an account, and what they answer when asked. */
export interface Person {
  readonly username: string
  readonly password: string
  /** What they press when asked for consent; `approve` unless told. */
  readonly action?: 'approve' | 'deny'
  /** Their browser's cookies by name; filled as pages set them. */
  readonly cookies?: Map<string, string>
}

/** Opens an authorization URL, signs in, answers, and gives the address at the client. */
export function signIn(authorizationUrl: string | URL, person: Person): Promise<string>
