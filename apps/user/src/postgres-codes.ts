/** A value that the index of another row has already. */
export const isUniqueViolation = (error: unknown): boolean => violation(error).code === '23505'

/** The constraint by which a row points to one that has gone; `undefined` for any other error. */
export const brokenReference = (error: unknown): string | undefined => {
  const { code, constraint_name: constraint } = violation(error)
  return code === '23503' ? constraint : undefined
}

const violation = (error: unknown) => (error ?? {}) as { readonly code?: string; readonly constraint_name?: string }
