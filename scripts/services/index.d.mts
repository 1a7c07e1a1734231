/** A server of one's own. */
export interface Service {
  /** Where it is, with the password. */
  readonly url: string
  readonly port: number
  readonly password: string
  /** Where it keeps its files; removed with it. */
  readonly directory: string
  /** Its process; undefined while it does not run. */
  readonly pid: number | undefined
  /** Starts it again after {@link Service.halt}, as it was. Resolves when it can be used. */
  start(): Promise<void>
  /** Sends it a signal, such as SIGSTOP. */
  signal(name: NodeJS.Signals): void
  /** Ends it, and waits for that. SIGQUIT unless told: without tidying up. */
  halt(name?: NodeJS.Signals): Promise<void>
  /** Ends it for good, and removes its directory. */
  stop(): Promise<void>
  /** What it has printed. */
  log(): string
}

export interface PostgresService extends Service {
  /** Where it keeps its data. */
  readonly data: string
  /** Where it is by its Unix socket, which asks for no password. */
  readonly socketUrl: string
}

export interface PostgresOptions {
  /** Whether commits are flushed to the disk. They are unless told. */
  readonly fsync?: boolean
  readonly maxConnections?: number
  /** More settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** A folder that everybody may write to, for its data alone; they are with all else unless told. */
  readonly disk?: string
}

export interface RedisOptions {
  /** Settings of redis.conf. Nothing is saved to the disk unless told. */
  readonly settings?: Readonly<Record<string, string | number>>
}

/** Whether the programs of PostgreSQL are on this machine. */
export function hasPostgres(): boolean

/** @throws {Error} if it cannot be started, with what it printed. */
export function startPostgres(options?: PostgresOptions): Promise<PostgresService>

/** Whether Redis or Valkey is on this machine. */
export function hasRedis(): boolean

/** @throws {Error} if it cannot be started, with what it printed. */
export function startRedis(options?: RedisOptions): Promise<Service>
