import { statement } from '@fastpath/pooling'

export interface AccountRow {
  readonly id: number
  readonly username: string
  readonly email: string
  readonly bio: string | null
  readonly image: string | null
  readonly version: number
}

/** What a token is made of, beside the account that it is for. */
export interface SignInRow extends AccountRow {
  readonly tokenGeneration: number
}

export interface LogInRow extends SignInRow {
  /** Null: nobody can log in. */
  readonly passwordHash: string | null
}

const accountColumns = 'id, username, email, bio, image, version'
const signInColumns = `${accountColumns}, token_generation as "tokenGeneration"`

export const accountById = statement<AccountRow, [id: number]>(
  'account_by_id',
  `
  select ${accountColumns}
  from account
  where id = $1`,
)

export const logInByEmail = statement<LogInRow, [email: string]>(
  'log_in_by_email',
  `
  select ${signInColumns}, password_hash as "passwordHash"
  from account
  where lower(email) = lower($1)`,
)

export const accountTakesToken = statement<{ exists: boolean }, [id: number, tokenGeneration: number]>(
  'account_takes_token',
  'select exists (select from account where id = $1 and token_generation = $2)',
)

export interface TakenRow {
  readonly username: boolean
  readonly email: boolean
}

/** What of these is somebody else's; null is nobody's. An `exceptId` of 0 stands for one who has no account yet. */
export const takenByOthers = statement<TakenRow, [username: string | null, email: string | null, exceptId: number]>(
  'taken_by_others',
  `
  select
    exists (select from account where lower(username) = lower($1) and id <> $3) as "username",
    exists (select from account where lower(email) = lower($2) and id <> $3) as "email"`,
)

export const addAccount = statement<SignInRow, [username: string, email: string, passwordHash: string]>(
  'add_account',
  `
  insert into account (username, email, password_hash)
  values ($1, $2, $3)
  returning ${signInColumns}`,
)

/** Null leaves a column as it is; of `bio` and `image`, which may become null, a flag says whether they change. */
export const changeAccount = statement<
  SignInRow,
  [
    id: number,
    username: string | null,
    email: string | null,
    passwordHash: string | null,
    changesBio: boolean,
    bio: string | null,
    changesImage: boolean,
    image: string | null,
  ]
>(
  'change_account',
  `
  update account set
    username = coalesce($2, username),
    email = coalesce($3, email),
    password_hash = coalesce($4, password_hash),
    token_generation = token_generation + ($4::text is not null)::integer,
    bio = case when $5 then $6 else bio end,
    image = case when $7 then $8 else image end,
    version = version + 1,
    updated_at = now()
  where id = $1
  returning ${signInColumns}`,
)

/** Of the same password, by another cost. Where the password was changed meanwhile nothing happens. */
export const replacePasswordHash = statement<never, [id: number, current: string, replacement: string]>(
  'replace_password_hash',
  'update account set password_hash = $3 where id = $1 and password_hash = $2',
)
